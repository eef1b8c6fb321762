using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>Families of facts. Each has its own limits and its own completeness.</summary>
public enum FactFamily : byte
{
    /// <summary>Addresses that send.</summary>
    Hosts,

    /// <summary>IP addresses at link addresses.</summary>
    Bindings,

    /// <summary>Hosts as client or server of a protocol or service.</summary>
    Roles,

    /// <summary>Client, server and service.</summary>
    Conversations,

    /// <summary>Sender, group or broadcast address and service: inventory.</summary>
    GroupConversations,

    /// <summary>Units of a server.</summary>
    Units,

    /// <summary>Function codes of a client on a unit.</summary>
    Functions,

    /// <summary>Addresses read by a client on a unit.</summary>
    ReadRanges,

    /// <summary>Addresses written by a client on a unit.</summary>
    WriteRanges,

    /// <summary>Clients that write to a unit.</summary>
    Writers,

    /// <summary>Refusals by a unit.</summary>
    Refusals,

    /// <summary>Identity texts of a unit.</summary>
    Identities,

    /// <summary>Messages broadcast on a bus.</summary>
    Messages,

    /// <summary>Forms of those messages: data length code and frame type.</summary>
    MessageForms,

    /// <summary>Certificates, application URIs and security in use between two hosts.</summary>
    Credentials,
}

/// <summary>Which side of a protocol a host is on.</summary>
public enum HostRole : byte
{
    /// <summary>It asks.</summary>
    Client,

    /// <summary>It answers.</summary>
    Server,
}

/// <summary>How far learning of a host has come.</summary>
public enum LearningStage : byte
{
    /// <summary>Too little seen to say what is still missing.</summary>
    Learning,

    /// <summary>What it does within an hour is known.</summary>
    Dynamic,

    /// <summary>What it does within a day is known.</summary>
    Operational,
}

/// <summary>What makes a conversation the same one in every capture.</summary>
/// <param name="Client">The client or sender.</param>
/// <param name="Server">The server or destination.</param>
/// <param name="Transport">What carries it.</param>
/// <param name="Service">The service, as <see cref="Conversation.Service"/> has it.</param>
public readonly record struct ConversationKey(
    NetworkAddress Client, NetworkAddress Server, Transport Transport, ushort Service)
{
    /// <summary>The key of a conversation of this run.</summary>
    public static ConversationKey Of(Conversation conversation) =>
        new(conversation.Client, conversation.Server, conversation.Transport, conversation.Service);

    /// <summary>Client and server exchanged.</summary>
    public ConversationKey Reversed => new(Server, Client, Transport, Service);
}

/// <summary>A client's use of a protocol on a server: what functions, ranges and writers belong to.</summary>
/// <param name="Client">Who asks.</param>
/// <param name="Server">Who is asked.</param>
/// <param name="Protocol">Name of the protocol.</param>
/// <param name="Actor">Who acts, where the protocol says so (user and application of a session); an empty text elsewhere.</param>
public readonly record struct PairKey(NetworkAddress Client, NetworkAddress Server, string Protocol, string Actor = "");

/// <summary>The name of an object whose number says nothing to a person (an OPC UA NodeId).</summary>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="Space">The kind of object.</param>
/// <param name="Number">Its number, as ranges have it.</param>
/// <param name="Name">Its name, as the protocol writes and reads it.</param>
public sealed record NameFact(string Protocol, TargetSpace Space, uint Number, string Name);

/// <summary>
/// A fact about how two hosts prove who they are and protect what they say: a certificate, an application URI, the security in
/// use.
/// </summary>
/// <param name="Client">The client.</param>
/// <param name="Server">The server.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="Name">What it is: <c>client certificate</c>, <c>security</c>.</param>
/// <param name="Value">The text.</param>
/// <param name="Seen">When and how often.</param>
public sealed record CredentialFact(
    NetworkAddress Client, NetworkAddress Server, string Protocol, string Name, string Value, Sightings Seen);

/// <summary>A host.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Stage">How far learning has come.</param>
/// <param name="Seen">When and how often.</param>
public sealed record HostFact(NetworkAddress Address, LearningStage Stage, Sightings Seen);

/// <summary>A MAC address behind which other networks lie.</summary>
/// <param name="LinkAddress">The MAC address.</param>
/// <param name="IsVirtual">True for a virtual router address (VRRP, HSRP), which moves between routers.</param>
/// <param name="Addresses">How many addresses were seen behind it.</param>
public sealed record RouterFact(NetworkAddress LinkAddress, bool IsVirtual, int Addresses);

/// <summary>An IP address at a link address.</summary>
/// <param name="Address">The IP address.</param>
/// <param name="LinkAddress">The MAC address.</param>
/// <param name="Seen">When and how often.</param>
public sealed record BindingFact(NetworkAddress Address, NetworkAddress LinkAddress, Sightings Seen);

/// <summary>A host in a role.</summary>
/// <param name="Address">The host.</param>
/// <param name="Role">Client or server.</param>
/// <param name="Service">Of which protocol (<c>modbus</c>) or service (<c>tcp/502</c>).</param>
/// <param name="Seen">When and how often.</param>
public sealed record RoleFact(NetworkAddress Address, HostRole Role, string Service, Sightings Seen);

/// <summary>A conversation.</summary>
/// <param name="Key">Client, server, transport and service.</param>
/// <param name="Protocols">Names of the protocols recognised on it.</param>
/// <param name="IsGroup">True where the destination is a group or broadcast address: inventory.</param>
/// <param name="Seen">When and how often.</param>
public sealed record ConversationFact(
    ConversationKey Key, IReadOnlyList<string> Protocols, bool IsGroup, Sightings Seen)
{
    /// <summary>The protocol recognised on it, the first by name where there are several, or null.</summary>
    public string? ProtocolName => Protocols is [var first, ..] ? first : null;
}

/// <summary>A unit of a server.</summary>
/// <param name="Server">The server.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Seen">When and how often.</param>
public sealed record UnitFact(NetworkAddress Server, string Protocol, short Unit, Sightings Seen);

/// <summary>A function a client uses on a unit.</summary>
/// <param name="Pair">Client, server and protocol.</param>
/// <param name="Unit">The unit, -1 for none.</param>
/// <param name="Code">The function code.</param>
/// <param name="SubCode">The sub-code, -1 for none.</param>
/// <param name="Name">The protocol's name of it.</param>
/// <param name="Seen">When and how often.</param>
public sealed record FunctionFact(PairKey Pair, short Unit, short Code, int SubCode, string Name, Sightings Seen);

/// <summary>The addresses a client reads, or writes, in one space of a unit.</summary>
/// <param name="Pair">Client, server and protocol.</param>
/// <param name="Unit">The unit, -1 for none.</param>
/// <param name="Space">The kind of object.</param>
/// <param name="IsWrite">Written rather than read.</param>
/// <param name="Intervals">The addresses: sorted, disjoint, not adjacent.</param>
/// <param name="Requests">The different requests it was merged from, as far as they were counted one by one.</param>
/// <param name="Seen">When and how often.</param>
public sealed record RangeFact(
    PairKey Pair, short Unit, TargetSpace Space, bool IsWrite, IReadOnlyList<AddressInterval> Intervals,
    IReadOnlyList<RequestGroup> Requests, Sightings Seen);

/// <summary>Different requests that were seen on the same number of occasions: a poll of many is one line.</summary>
/// <param name="Seen">On how many occasions each.</param>
/// <param name="Requests">The requests, sorted.</param>
public sealed record RequestGroup(OccasionTally Seen, IReadOnlyList<AddressInterval> Requests);

/// <summary>A client that writes to a unit.</summary>
/// <param name="Pair">Client, server and protocol.</param>
/// <param name="Unit">The unit, -1 for none.</param>
/// <param name="Seen">When and how often.</param>
public sealed record WriterFact(PairKey Pair, short Unit, Sightings Seen);

/// <summary>A refusal that is usual for a client's function on a unit.</summary>
/// <param name="Pair">Client, server and protocol.</param>
/// <param name="Unit">The unit, -1 for none.</param>
/// <param name="Code">The function code.</param>
/// <param name="Reason">The protocol's number for why.</param>
/// <param name="Seen">When and how often.</param>
public sealed record RefusalFact(PairKey Pair, short Unit, short Code, int Reason, Sightings Seen);

/// <summary>A text by which a unit names itself.</summary>
/// <param name="Server">The server.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="Unit">The unit, -1 for none.</param>
/// <param name="Name">What it names: <c>VendorName</c>.</param>
/// <param name="Value">The text.</param>
/// <param name="Seen">When and how often.</param>
public sealed record IdentityFact(
    NetworkAddress Server, string Protocol, short Unit, string Name, string Value, Sightings Seen);

/// <summary>Two clients that hold one role: a redundant pair, of which either may do what the other may.</summary>
/// <param name="First">The lower address.</param>
/// <param name="Second">The higher address.</param>
/// <param name="Reason">Declared, or what they were learned to have in common.</param>
public sealed record PeerFact(NetworkAddress First, NetworkAddress Second, string Reason);
