namespace OtGuard.Collectors;

/// <summary>The protocols of a run by index. Index 0 is the network itself and has no <see cref="IProtocol"/>.</summary>
public sealed class ProtocolRegistry
{
    /// <summary>The index of observations made by the capture layer itself.</summary>
    public const byte Network = 0;

    private readonly IProtocol[] _protocols;

    /// <summary>Registers protocols; the order decides who is asked first.</summary>
    public ProtocolRegistry(params IReadOnlyList<IProtocol> protocols) => _protocols = [.. protocols];

    /// <summary>How many protocols are registered.</summary>
    public int Count => _protocols.Length;

    /// <summary>The protocol at an index from 1.</summary>
    public IProtocol this[byte index] => _protocols[index - 1];

    /// <summary>The name at an index: <c>network</c> for 0.</summary>
    public string Name(byte index) => index == Network ? "network" : _protocols[index - 1].Name;

    /// <summary>The index of a name, or null where it is not registered.</summary>
    public byte? IndexOf(string name)
    {
        if (name == "network") return Network;
        var at = Array.FindIndex(_protocols, protocol => protocol.Name == name);
        return at < 0 ? null : (byte)(at + 1);
    }
}
