namespace OtGuard.Exchange;

/// <summary>What a piece of a case is, so that a profile can say what becomes of it.</summary>
public enum Sensitivity : byte
{
    /// <summary>Tells nothing about the site: times, counts, protocols, kinds of deviation, techniques.</summary>
    Neutral,

    /// <summary>An address of the network or the link, or an identifier that stands for a device.</summary>
    Address,

    /// <summary>A name that the operator gave: hosts, points, nodes, zones, sensors, sites.</summary>
    Name,

    /// <summary>A person's or service's user name.</summary>
    User,

    /// <summary>A vehicle identification number.</summary>
    Vehicle,

    /// <summary>A place.</summary>
    Location,

    /// <summary>A value of the process, seen or expected.</summary>
    Value,

    /// <summary>Who the operator is: name, registration, contact.</summary>
    Organisation,

    /// <summary>What a person wrote in words of their own.</summary>
    Text,

    /// <summary>Bytes that frames carry.</summary>
    Payload,
}
