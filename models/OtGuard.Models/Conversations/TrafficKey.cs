using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Conversations;

/// <summary>A conversation by numbers that mean the same in every run; redundant partners are one client.</summary>
internal readonly record struct TrafficKey(string Protocol, NetworkAddress Client, NetworkAddress Server, ushort Service)
    : IComparable<TrafficKey>
{
    public int CompareTo(TrafficKey other)
    {
        var order = string.CompareOrdinal(Protocol, other.Protocol);
        if (order == 0) order = Server.CompareTo(other.Server);
        if (order == 0) order = Client.CompareTo(other.Client);
        return order == 0 ? Service.CompareTo(other.Service) : order;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Client} -> {Server}:{Service} {Protocol}");

    internal void Write(ModelWriter writer)
    {
        writer.Write(Protocol);
        writer.Write(Client);
        writer.Write(Server);
        writer.Write((int)Service);
    }

    internal static TrafficKey Read(ModelReader reader) =>
        new(reader.ReadText(), reader.ReadAddress(), reader.ReadAddress(), (ushort)reader.ReadInteger());
}
