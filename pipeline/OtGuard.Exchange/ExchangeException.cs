namespace OtGuard.Exchange;

/// <summary>What is asked cannot be done; the message says why and what can.</summary>
public sealed class ExchangeException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ExchangeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public ExchangeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public ExchangeException()
    {
    }
}

/// <summary>A file of the exchange folder, or one that came in, cannot be read; the message tells all its faults.</summary>
public sealed class ExchangeFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ExchangeFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public ExchangeFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public ExchangeFormatException()
    {
    }
}
