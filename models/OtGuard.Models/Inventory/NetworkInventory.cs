using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>
/// Assets and the communication matrix from a stream of observations: who is there, who asks whom for what. Bounded by
/// <see cref="AssetCapacity"/> and by the capture layer's cap on conversations.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class NetworkInventory : IObservationConsumer
{
    /// <summary>Assets kept: ten times what a large site has. A scan with forged addresses fills it; the rest is counted.</summary>
    public const int AssetCapacity = 50_000;

    /// <summary>A link address with at least this many IP addresses behind it forwards for others: no single device needs so many.</summary>
    private const int AddressesOfARouter = 4;

    private readonly ProtocolRegistry _protocols;
    private readonly Dictionary<NetworkAddress, Asset> _assets = [];
    private readonly Dictionary<NetworkAddress, HashSet<NetworkAddress>> _behind = [];
    private readonly List<MatrixRow?> _rows = [];

    /// <summary>Creates an empty inventory.</summary>
    public NetworkInventory(ProtocolRegistry protocols) => _protocols = protocols;

    /// <summary>Addresses beyond the capacity.</summary>
    public long AssetsBeyondCapacity { get; private set; }

    /// <summary>The communication matrix, in the order conversations were first seen.</summary>
    public IEnumerable<MatrixRow> Matrix => _rows.OfType<MatrixRow>();

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) AddNetwork(in observation);
            else AddExchange(in observation, batch);
        }
    }

    /// <summary>The assets by address, with their kinds worked out from all that was seen.</summary>
    public IReadOnlyList<Asset> Assets()
    {
        foreach (var row in Matrix) AddRoles(row);
        foreach (var (mac, addresses) in _behind)
        {
            var routes = IsRouter(addresses);
            foreach (var address in addresses)
                if (!routes && _assets.TryGetValue(address, out var asset)) asset.AddLinkAddress(mac);
            if (routes && AssetOf(mac, default) is { } router) router.Kind = AssetKind.Router;
            else if (!routes) _assets.Remove(mac);
        }

        return [.. _assets.Values.OrderBy(asset => asset.Address, Comparer<NetworkAddress>.Create((a, b) => a.CompareTo(b)))];
    }

    private void AddNetwork(in Observation observation)
    {
        var conversation = observation.Connection.Conversation;
        if (observation.Operation == Operation.ConversationStarted)
        {
            RowOf(conversation);
            See(conversation.Client, observation.Time);
            if (!conversation.IsGroup) See(conversation.Server, observation.Time);
        }
        else if (observation.Operation == Operation.AddressBound)
        {
            Bind(observation.Subject, observation.LinkAddress);
            See(observation.Subject, observation.Time);
        }
    }

    private void AddExchange(in Observation observation, ObservationBatch batch)
    {
        RowOf(observation.Connection.Conversation).Add(in observation);
        if (observation.Outcome is not (Outcome.Succeeded or Outcome.Rejected)) return;
        if (observation.Unit >= 0) See(observation.Connection.Server.Address, observation.Time)?.AddUnit(observation.Unit);
        if (CredentialsOf.AreGivenBy(in observation)) AddCredentials(in observation, batch);
        if (observation.IsWrite && See(observation.Connection.Client.Address, observation.Time) is { } writer)
            writer.IsWriter = true;
        if (observation.Operation == Operation.Identify) AddIdentity(in observation, batch);
    }

    /// <summary>What the two sides of a session said of themselves: applications and certificates.</summary>
    private void AddCredentials(in Observation observation, ObservationBatch batch)
    {
        var connection = observation.Connection;
        var protocol = _protocols[observation.Protocol];
        foreach (var (name, value) in protocol.Credentials(in observation, batch))
        {
            if (name is not ("application" or "client certificate" or "server certificate")) continue;
            var side = name == "server certificate" ? connection.Server.Address : connection.Client.Address;
            See(side, observation.Time)?.AddFact(
                -1, new AssetFact(name, value, $"{protocol.DisplayName} session, frame {observation.RequestFrame}"));
        }
    }

    private void AddIdentity(in Observation observation, ObservationBatch batch)
    {
        if (See(IdentityOf.Host(in observation), observation.Time) is not { } host) return;
        var protocol = _protocols[observation.Protocol];
        foreach (var (name, value) in protocol.Identity(in observation, batch))
        {
            host.AddFact(
                observation.Unit,
                new AssetFact(name, value, $"{protocol.DisplayName} device identification, frame {Math.Max(observation.ResponseFrame, observation.RequestFrame)}"));
        }
    }

    private void AddRoles(MatrixRow row)
    {
        var conversation = row.Conversation;
        if (conversation.ProtocolName is not { } protocol) return;
        var decoded = row.Protocol != ProtocolRegistry.Network;
        if (conversation.Transport == Transport.Can)
        {
            AddBusRoles(conversation, protocol);
            return;
        }

        if (AssetOf(conversation.Client, default) is { } client)
        {
            client.AddUses(protocol);
            if (decoded) client.Kind = client.Kind is AssetKind.Controller or AssetKind.Gateway ? AssetKind.Gateway : AssetKind.ControlStation;
        }

        if (conversation.IsGroup || AssetOf(conversation.Server, default) is not { } server) return;
        if (conversation.FromServer.Frames > 0) server.AddServes(protocol);
        if (decoded) server.Kind = server.Kind is AssetKind.ControlStation or AssetKind.Gateway ? AssetKind.Gateway : AssetKind.Controller;
    }

    private void AddBusRoles(Conversation conversation, string protocol)
    {
        if (AssetOf(conversation.Client, default) is { } client)
        {
            if (conversation.LastSeen > client.LastSeen) client.LastSeen = conversation.LastSeen;
            client.AddUses(protocol);
            client.Kind = conversation.Client.IsCanNode ? AssetKind.ControlUnit : AssetKind.Tester;
        }

        if (AssetOf(conversation.Server, default) is not { } server) return;
        server.AddServes(protocol);
        server.Kind = AssetKind.ControlUnit;
    }

    private void Bind(NetworkAddress address, NetworkAddress mac)
    {
        if (mac.Kind != AddressKind.Mac || mac.IsUnspecified || mac.IsMulticast || address.IsUnspecified) return;
        if (!_behind.TryGetValue(mac, out var addresses))
        {
            if (_behind.Count == AssetCapacity) return;
            _behind.Add(mac, addresses = []);
        }

        if (addresses.Count < AssetCapacity) addresses.Add(address);
    }

    /// <summary>True where the addresses behind a MAC are those of several machines: a router, and not one device with two.</summary>
    private static bool IsRouter(HashSet<NetworkAddress> addresses) =>
        addresses.Count(address => address.Kind == AddressKind.IPv4) >= AddressesOfARouter;

    private Asset? See(NetworkAddress address, CaptureTime time)
    {
        if (address.Kind == AddressKind.None || address.IsUnspecified || address.IsMulticast || address.IsBroadcast) return null;
        if (AssetOf(address, time) is not { } asset) return null;
        if (time > asset.LastSeen) asset.LastSeen = time;
        return asset;
    }

    private Asset? AssetOf(NetworkAddress address, CaptureTime time)
    {
        if (_assets.TryGetValue(address, out var asset)) return asset;
        if (time == default) return null;
        if (_assets.Count == AssetCapacity)
        {
            AssetsBeyondCapacity++;
            return null;
        }

        _assets.Add(address, asset = new Asset(address, time));
        return asset;
    }

    private MatrixRow RowOf(Conversation conversation)
    {
        while (_rows.Count <= conversation.Index) _rows.Add(null);
        return _rows[conversation.Index] ??= new MatrixRow(conversation);
    }
}
