namespace OtGuard.Collectors;

/// <summary>Is told of every frame and the conversation it belongs to, for verdicts per frame.</summary>
public interface IFrameListener
{
    /// <summary>
    /// Called once for every frame. Frames of a connection joined midway, and fragments, come late and so out of order:
    /// when the conversation they belong to is known.
    /// </summary>
    /// <param name="frame">1-based number of the frame.</param>
    /// <param name="time">When it was captured.</param>
    /// <param name="conversation">Its conversation, or null where it holds nothing that belongs to one.</param>
    void OnFrame(long frame, CaptureTime time, Conversation? conversation);
}
