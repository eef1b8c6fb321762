namespace OtGuard.Collectors.Capture.Files;

/// <summary>One or more inputs are missing, may not be read, or are no captures. The message is meant for a person.</summary>
public sealed class UnreadableCaptureException : Exception
{
    /// <summary>Creates the exception from a sentence.</summary>
    public UnreadableCaptureException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception from a sentence and its cause.</summary>
    public UnreadableCaptureException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a sentence.</summary>
    public UnreadableCaptureException() : base("The input is not a capture.")
    {
    }
}
