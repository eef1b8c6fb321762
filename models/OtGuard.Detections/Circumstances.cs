using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>What several detectors ask about the surroundings of an observation, answered the same way for all.</summary>
internal static class Circumstances
{
    private const ushort DhcpServer = 67;
    private const ushort DhcpClient = 68;
    private const ushort Dhcp6Client = 546;
    private const ushort Dhcp6Server = 547;

    /// <summary>
    /// Group and broadcast traffic, link-layer protocols, IP's own (ICMP, IGMP) and DHCP: what a host says to be part of
    /// a network. Facts for the inventory, not alarms.
    /// </summary>
    public static bool IsChatter(Conversation conversation) =>
        conversation.IsGroup
        || conversation.Transport is not (Transport.Tcp or Transport.Udp)
        || conversation.Transport == Transport.Udp
            && conversation.Service is DhcpServer or DhcpClient or Dhcp6Client or Dhcp6Server;

    /// <summary>
    /// True where the whole conversation is new and raised as an alarm: what is new within it follows from that and is
    /// told for information, so that one cause gives one alarm.
    /// </summary>
    public static bool InNewConversation(in Observation observation, Baseline baseline)
    {
        var connection = observation.Connection;
        // Conversations that found no room while learning are not judged, and so raised by nobody.
        if (baseline.Completeness[FactFamily.Conversations].Overflow > 0) return false;
        if (baseline.KnowsConversation(connection.Conversation)) return false;
        // Where it is only guessed who asks, the same conversation may have been learned the other way round.
        if (connection.RoleEvidence == RoleEvidence.Guess && baseline.KnowsReversed(connection.Conversation)) return false;
        return baseline.StandbyOf(connection.Conversation) is null;
    }

    /// <summary>True where the client's redundant partner was learned to do all that is new here.</summary>
    public static bool IsHeldByPeer(DetectionContext context) => (context.Novelty & Novelty.HeldByPeer) != 0;

    /// <summary>True where an anomaly of the observation is evidence for that row of the catalogue.</summary>
    public static bool HasAnomalyOf(string row, in Observation observation, ProtocolRegistry protocols)
    {
        if (observation.Anomalies == 0) return false;
        foreach (var anomaly in protocols[observation.Protocol].Anomalies)
            if ((observation.Anomalies >> anomaly.Bit & 1) != 0 && anomaly.CatalogueRow == row) return true;
        return false;
    }

    /// <summary>True for an exchange that a client is behind: one that asks, whatever became of it.</summary>
    public static bool IsAsked(in Observation observation) =>
        observation.Outcome is not (Outcome.Unsolicited or Outcome.Undecodable);

    /// <summary>True where an observation is that act.</summary>
    public static bool Is(ControlAct act, in Observation observation, DetectionContext context) =>
        act.Code == observation.Code
        && (act.SubCode is not { } subCode || subCode == observation.SubCode)
        && (act.RequestData.IsEmpty
            || context.Batch.Bytes(observation.RequestData).StartsWith(act.RequestData.Span));

    /// <summary>True for an act on the device itself, which a rule of its own raises.</summary>
    public static bool IsControlAct(in Observation observation, DetectionContext context)
    {
        // By index: a list behind its interface is enumerated on the heap.
        var acts = context.Protocols[observation.Protocol].ControlActs;
        for (var i = 0; i < acts.Count; i++)
            if (acts[i].Code == observation.Code && (acts[i].SubCode is not { } sub || sub == observation.SubCode)) return true;
        return false;
    }

    /// <summary>True for what any client of the protocol does as a matter of course.</summary>
    public static bool IsOrdinary(in Observation observation, DetectionContext context) =>
        context.Protocols[observation.Protocol].IsOrdinary(observation.Code, observation.SubCode);

    /// <summary>True for what a node of a bus says of parameter groups: what is new in it is judged by the groups.</summary>
    public static bool IsAboutGroups(in Observation observation) =>
        observation.Target.Space == TargetSpace.ParameterGroups;

    /// <summary>True where clients act in sessions on named objects.</summary>
    public static bool HasSessions(in Observation observation, DetectionContext context) =>
        context.Protocols[observation.Protocol].HasSessions;

    /// <summary>True where the protocol has a row of its own for trying out what servers have.</summary>
    public static bool HasProbingRow(in Observation observation, DetectionContext context) =>
        context.Protocols[observation.Protocol].ProbingRow is not null;
}
