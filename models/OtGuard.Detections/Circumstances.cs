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
}
