using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>Who an <see cref="Operation.Identify"/> says something about: the server that answered, or the node that spoke.</summary>
internal static class IdentityOf
{
    /// <summary>Whether it says anything: it was answered, or it is a message of its own (an address claim).</summary>
    public static bool IsGivenBy(in Observation observation) =>
        observation.Operation == Operation.Identify
        && (observation.ResponseFrame != 0
            ? observation.Outcome is Outcome.Succeeded or Outcome.Unpaired
            : observation.Outcome == Outcome.Succeeded && observation.RequestFrame != 0);

    /// <summary>The host it is about.</summary>
    public static NetworkAddress Host(in Observation observation) =>
        observation.ResponseFrame == 0 && observation.Sender == Direction.ToServer
            ? observation.Connection.Conversation.Client
            : observation.Connection.Conversation.Server;
}
