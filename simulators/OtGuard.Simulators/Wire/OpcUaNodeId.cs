using System.Globalization;

namespace OtGuard.Simulators.Wire;

/// <summary>A NodeId with a numeric identifier or, where <paramref name="Text"/> is not null, a string.</summary>
/// <param name="NamespaceIndex">Index of the namespace; 0 is the standard's own.</param>
/// <param name="Number">The numeric identifier.</param>
/// <param name="Text">The string identifier, or null.</param>
/// <remarks>OPC UA Part 3 v1.05 §8.2. Identifiers of the other two kinds are never issued here.</remarks>
internal readonly record struct OpcUaNodeId(ushort NamespaceIndex, uint Number, string? Text = null)
{
    /// <summary>A node of the standard's namespace.</summary>
    public static OpcUaNodeId Standard(uint number) => new(0, number);

    /// <summary>A node with a string identifier.</summary>
    public static OpcUaNodeId Named(ushort namespaceIndex, string text) => new(namespaceIndex, 0, text);

    /// <summary><c>i=85</c>, <c>ns=2;s=F1.Voltage</c>.</summary>
    public override string ToString()
    {
        var identifier = Text is null ? $"i={Number.ToString(CultureInfo.InvariantCulture)}" : $"s={Text}";
        return NamespaceIndex == 0
            ? identifier
            : $"ns={NamespaceIndex.ToString(CultureInfo.InvariantCulture)};{identifier}";
    }
}
