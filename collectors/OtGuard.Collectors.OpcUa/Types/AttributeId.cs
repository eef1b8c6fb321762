using System.Globalization;

namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>Attributes of nodes by their numbers (OPC UA Part 6 v1.05 Annex A.1).</summary>
internal static class AttributeId
{
    public const int None = 0;
    public const int EventNotifier = 12;
    public const int Value = 13;

    private static readonly string[] Names =
    [
        "", "NodeId", "NodeClass", "BrowseName", "DisplayName", "Description", "WriteMask", "UserWriteMask", "IsAbstract",
        "Symmetric", "InverseName", "ContainsNoLoops", "EventNotifier", "Value", "DataType", "ValueRank",
        "ArrayDimensions", "AccessLevel", "UserAccessLevel", "MinimumSamplingInterval", "Historizing", "Executable",
        "UserExecutable", "DataTypeDefinition", "RolePermissions", "UserRolePermissions", "AccessRestrictions",
        "AccessLevelEx",
    ];

    /// <summary>The standard's name, else the number.</summary>
    public static string Name(long attribute) =>
        attribute > 0 && attribute < Names.Length
            ? Names[attribute]
            : attribute.ToString(CultureInfo.InvariantCulture);
}
