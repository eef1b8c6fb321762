using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>NodeClasses (OPC UA Part 3 v1.05 §8.29).</summary>
internal enum OpcUaNodeClass
{
    /// <summary>An Object.</summary>
    Object = 1,

    /// <summary>A Variable.</summary>
    Variable = 2,

    /// <summary>A Method.</summary>
    Method = 4,
}

/// <summary>A node of an address space, with what reading, writing and calling it does.</summary>
/// <param name="Id">Its NodeId.</param>
/// <param name="Name">Its BrowseName and DisplayName.</param>
/// <param name="Class">Its NodeClass.</param>
/// <param name="Parent">The node it hangs below.</param>
internal sealed record OpcUaNode(OpcUaNodeId Id, string Name, OpcUaNodeClass Class, OpcUaNodeId Parent)
{
    /// <summary>The type of its value.</summary>
    public OpcUaType Type { get; init; }

    /// <summary>Gives its value; null where it has none.</summary>
    public Func<OpcUaVariant>? Read { get; init; }

    /// <summary>Takes a value of <see cref="Type"/> and returns a StatusCode; null where it cannot be written.</summary>
    public Func<OpcUaVariant, uint>? Write { get; init; }

    /// <summary>Runs a method and returns a StatusCode and the arguments it gives back.</summary>
    public Func<(uint Status, IReadOnlyList<OpcUaVariant> Output)>? Call { get; init; }

    /// <summary>The device whose measurements it tells, where it does.</summary>
    public SimulatedDevice? Device { get; init; }

    /// <summary>HasComponent, or Organizes for what hangs below the standard's own folders.</summary>
    internal uint Reference => Parent.NamespaceIndex == 0 && Class == OpcUaNodeClass.Object ? 35U : 47U;

    /// <summary>FolderType, BaseDataVariableType, or none for a method.</summary>
    internal uint TypeDefinition => Class switch
    {
        OpcUaNodeClass.Object => 61,
        OpcUaNodeClass.Variable => 63,
        OpcUaNodeClass.Method => 0,
    };
}
