namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>
/// One side of a service: what comes before the operations of a message, one operation, and what comes after them. A
/// message without operations has only fields before.
/// </summary>
internal sealed record MessageShape(Field[] Before, Field[]? Item, Field[] After)
{
    /// <summary>A message of fixed fields.</summary>
    public static MessageShape Of(params Field[] fields) => new(fields, null, []);
}

/// <summary>A service of OPC UA Part 4: its name, the type ids of its two messages, and their fields.</summary>
internal sealed record Service(
    string Name, ushort RequestTypeId, ushort ResponseTypeId, Operation Operation, MessageShape Request, MessageShape Response);
