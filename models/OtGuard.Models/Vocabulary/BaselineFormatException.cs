namespace OtGuard.Models;

/// <summary>A file is no baseline, or not one that may be judged by: changed since it was written, or too new.</summary>
public sealed class BaselineFormatException : Exception
{
    /// <summary>Creates the exception with one sentence for people.</summary>
    public BaselineFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with one sentence for people and its cause.</summary>
    public BaselineFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a sentence.</summary>
    public BaselineFormatException()
    {
    }
}
