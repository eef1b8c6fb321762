using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.Windows;

/// <summary>What rules ask the baseline. Without one nothing was learned, and every rule judges on its own.</summary>
internal static class Knowledge
{
    /// <summary>Client, server and service were seen together while learning, or a redundant partner of the client's was seen.</summary>
    public static bool Knows(this DetectionContext context, Conversation conversation) =>
        context.Baseline is { } baseline
        && (baseline.KnowsConversation(conversation) || baseline.StandbyOf(conversation) is not null);

    /// <summary>
    /// This client used this function (with its sub-code) on this server and unit while learning, in a conversation that
    /// was learned.
    /// </summary>
    public static bool KnowsFunction(this DetectionContext context, in Observation observation) =>
        context.Baseline is not null
        && ((context.Novelty & (Novelty.Conversation | Novelty.Unit | Novelty.Function)) == 0
            || (context.Novelty & Novelty.HeldByPeer) != 0);

    /// <summary>Being refused so is a habit of this client, unit and function.</summary>
    public static bool KnowsRefusal(this DetectionContext context, in Observation observation) =>
        context.KnowsFunction(in observation)
        && ((context.Novelty & Novelty.Refusal) == 0 || (context.Novelty & Novelty.HeldByPeer) != 0);

    /// <summary>Likewise, at the same place: a data identifier, a routine.</summary>
    public static bool KnowsUse(this DetectionContext context, in Observation observation) =>
        context.KnowsFunction(in observation)
        && ((context.Novelty & Novelty.Range) == 0 || (context.Novelty & Novelty.HeldByPeer) != 0);
}
