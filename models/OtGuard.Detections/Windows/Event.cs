using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.Windows;

/// <summary>What a window keeps of an observation: when, where, and the frames that show it.</summary>
/// <param name="Time">Capture time.</param>
/// <param name="RequestFrame">1-based number of the frame that asked, 0 for none.</param>
/// <param name="ResponseFrame">1-based number of the frame that answered, 0 for none.</param>
/// <param name="Conversation">The conversation to accuse with it, or null where only the frames are meant.</param>
internal readonly record struct Event(
    CaptureTime Time, long RequestFrame, long ResponseFrame, Conversation? Conversation = null)
{
    /// <summary>The event an observation is.</summary>
    public static Event Of(in Observation observation) =>
        new(observation.Time, observation.RequestFrame, observation.ResponseFrame);

    /// <summary>Counts events from before a deviation was sure to it, with their frames and conversations.</summary>
    public static void Cover(Deviation deviation, IEnumerable<Event> earlier, DeviationTable deviations)
    {
        foreach (var item in earlier)
        {
            deviations.Cover(deviation, item.Time, item.RequestFrame, item.ResponseFrame);
            if (item.Conversation is { } conversation) deviation.Accuse(conversation);
        }
    }
}
