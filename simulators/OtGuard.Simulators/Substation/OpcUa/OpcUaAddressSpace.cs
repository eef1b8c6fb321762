using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// The nodes of a server: those of the standard that every client looks at, and those of the station's devices over the
/// same values as their Modbus registers, in the units of the process.
/// </summary>
/// <remarks>
/// Below <c>ns=2;s=Station</c> each device is an object with the name it has in the station. Its variables are
/// <c>ns=2;s=F1.Voltage</c> (kV), <c>Current</c> (A), <c>ActivePower</c> (kW), <c>ReactivePower</c> (kvar),
/// <c>PowerFactor</c>, <c>Frequency</c> (Hz), <c>Temperature</c> (°C), all Float; <c>Energy</c> and <c>EnergyDelivered</c>
/// (kWh, UInt32); <c>Tap</c> (Int16) of tap changers; <c>BreakerClosed</c>, <c>EarthingClosed</c> (Boolean) and the writable
/// <c>BreakerCommand</c> of what has a switch; the writable <c>Setpoint</c> (kV or kW, Float) of what is regulated. Feeders
/// have a method <c>Trip</c>. <c>ns=2;s=Station.Tariff</c> (Int32) is written by the energy management.
/// </remarks>
internal sealed class OpcUaAddressSpace
{
    /// <summary>Index of the station's own namespace.</summary>
    public const ushort Namespace = 2;

    /// <summary>The Objects folder.</summary>
    public static readonly OpcUaNodeId Objects = OpcUaNodeId.Standard(85);

    /// <summary>The object of the server itself.</summary>
    public static readonly OpcUaNodeId Server = OpcUaNodeId.Standard(2253);

    /// <summary>The URIs of the namespaces.</summary>
    public static readonly OpcUaNodeId NamespaceArray = OpcUaNodeId.Standard(2255);

    /// <summary>The URIs of the servers.</summary>
    public static readonly OpcUaNodeId ServerArray = OpcUaNodeId.Standard(2254);

    /// <summary>The server's status.</summary>
    public static readonly OpcUaNodeId ServerStatus = OpcUaNodeId.Standard(2256);

    /// <summary>The server's state: 0 runs.</summary>
    public static readonly OpcUaNodeId ServerState = OpcUaNodeId.Standard(2259);

    /// <summary>The method that tells a subscription's monitored items.</summary>
    public static readonly OpcUaNodeId GetMonitoredItems = OpcUaNodeId.Standard(11492);

    /// <summary>The tariff in force, 1 or 2.</summary>
    public static readonly OpcUaNodeId Tariff = OpcUaNodeId.Named(Namespace, "Station.Tariff");

    /// <summary>The folder of the devices.</summary>
    public static readonly OpcUaNodeId Station = OpcUaNodeId.Named(Namespace, "Station");

    private const string RootUri = "http://opcfoundation.org/UA/";
    private const string ServerUri = "urn:practice:server";

    private readonly Dictionary<OpcUaNodeId, OpcUaNode> _nodes = [];
    private readonly Dictionary<OpcUaNodeId, List<OpcUaNode>> _children = [];
    private readonly Func<long> _clock;
    private readonly long _started;
    private int _tariff = 1;

    /// <summary>Creates the nodes of a station.</summary>
    /// <param name="devices">Its devices.</param>
    /// <param name="transformers">Those of them that are tap changers.</param>
    /// <param name="feeders">Those of them that are feeders.</param>
    /// <param name="regulated">Those of them that have a setpoint.</param>
    /// <param name="clock">Nanoseconds since 1970.</param>
    public OpcUaAddressSpace(
        IReadOnlyList<SimulatedDevice> devices,
        IReadOnlyList<SimulatedDevice> transformers,
        IReadOnlyList<SimulatedDevice> feeders,
        IReadOnlyList<SimulatedDevice> regulated,
        Func<long> clock)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(transformers);
        ArgumentNullException.ThrowIfNull(feeders);
        ArgumentNullException.ThrowIfNull(regulated);
        ArgumentNullException.ThrowIfNull(clock);
        (_clock, _started) = (clock, clock());
        AddStandard();
        Add(new OpcUaNode(Station, "Station", OpcUaNodeClass.Object, Objects));
        Add(new OpcUaNode(Tariff, "Tariff", OpcUaNodeClass.Variable, Station)
        {
            Type = OpcUaType.Int32,
            Read = () => OpcUaVariant.Of(_tariff),
            Write = value =>
            {
                _tariff = (int)value.Bits;
                return OpcUaStatus.Good;
            },
        });
        foreach (var device in devices)
        {
            Add(new OpcUaNode(OpcUaNodeId.Named(Namespace, device.Name), device.Name, OpcUaNodeClass.Object, Station));
            AddMeasurements(device);
            if (transformers.Contains(device)) Measure(device, "Tap", OpcUaType.Int16, Int16(SubstationProcess.TapRegister));
            else AddSwitch(device);
            if (regulated.Contains(device)) AddSetpoint(device, transformers.Contains(device) ? 100 : 1);
            if (feeders.Contains(device)) AddTrip(device);
        }
    }

    /// <summary>
    /// Measurements that are not true, by the device they are told of: what somebody who holds the server makes of the
    /// registers, the same for every client.
    /// </summary>
    public Dictionary<SimulatedDevice, Falsification> Falsified { get; } = [];

    /// <summary>Set once a value was told that is not true, until it is cleared: what the answer belongs to.</summary>
    public Falsification? Told { get; set; }

    /// <summary>All nodes.</summary>
    public IReadOnlyCollection<OpcUaNode> Nodes => _nodes.Values;

    /// <summary>A variable, object or method of a device.</summary>
    public static OpcUaNodeId Of(SimulatedDevice device, string name)
    {
        ArgumentNullException.ThrowIfNull(device);
        return OpcUaNodeId.Named(Namespace, $"{device.Name}.{name}");
    }

    /// <summary>The node of that id, or null.</summary>
    public OpcUaNode? Find(OpcUaNodeId id) => _nodes.GetValueOrDefault(id);

    /// <summary>What hangs below a node.</summary>
    public IReadOnlyList<OpcUaNode> ChildrenOf(OpcUaNodeId id) => _children.GetValueOrDefault(id) ?? [];

    /// <summary>Adds a node; false where there is one of that id.</summary>
    public bool Add(OpcUaNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (!_nodes.TryAdd(node.Id, node)) return false;
        if (!_children.TryGetValue(node.Parent, out var siblings)) _children.Add(node.Parent, siblings = []);
        siblings.Add(node);
        return true;
    }

    /// <summary>Deletes a node; false where there is none of that id.</summary>
    public bool Delete(OpcUaNodeId id)
    {
        if (!_nodes.Remove(id, out var node)) return false;
        _children[node.Parent].Remove(node);
        return true;
    }

    /// <summary>The value of an attribute, or the StatusCode for which there is none.</summary>
    public (OpcUaVariant Value, uint Status) Read(OpcUaNodeId id, uint attribute)
    {
        if (!_nodes.TryGetValue(id, out var node)) return (OpcUaVariant.Null, OpcUaStatus.BadNodeIdUnknown);
        var isVariable = node.Class == OpcUaNodeClass.Variable;
        return attribute switch
        {
            OpcUaAttributeId.Value when isVariable => (ValueOf(node), OpcUaStatus.Good),
            OpcUaAttributeId.NodeId => (OpcUaVariant.Raw(OpcUaType.NodeId, writer => writer.NodeId(id)), OpcUaStatus.Good),
            OpcUaAttributeId.NodeClass => (OpcUaVariant.Of((int)node.Class), OpcUaStatus.Good),
            OpcUaAttributeId.BrowseName => (OpcUaVariant.Raw(
                OpcUaType.QualifiedName, writer => writer.QualifiedName(id.NamespaceIndex, node.Name)), OpcUaStatus.Good),
            OpcUaAttributeId.DisplayName => (OpcUaVariant.Raw(
                OpcUaType.LocalizedText, writer => writer.LocalizedText(node.Name)), OpcUaStatus.Good),
            OpcUaAttributeId.DataType when isVariable => (OpcUaVariant.Raw(
                OpcUaType.NodeId, writer => writer.NodeId((uint)node.Type)), OpcUaStatus.Good),
            OpcUaAttributeId.ValueRank when isVariable => (OpcUaVariant.Of(-1), OpcUaStatus.Good),
            OpcUaAttributeId.AccessLevel when isVariable => (OpcUaVariant.Number(
                OpcUaType.Byte, node.Write is null ? 1 : 3), OpcUaStatus.Good),
            _ => (OpcUaVariant.Null, OpcUaStatus.BadAttributeIdInvalid),
        };
    }

    /// <summary>The value of a variable.</summary>
    public OpcUaVariant ValueOf(OpcUaNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (node.Device is { } device && Falsified.TryGetValue(device, out var falsification)) Told = falsification;
        return node.Read?.Invoke() ?? OpcUaVariant.Null;
    }

    /// <summary>Writes the value of a variable and returns the StatusCode.</summary>
    public uint Write(OpcUaNodeId id, uint attribute, OpcUaVariant value)
    {
        if (!_nodes.TryGetValue(id, out var node)) return OpcUaStatus.BadNodeIdUnknown;
        if (attribute != OpcUaAttributeId.Value || node.Write is null) return OpcUaStatus.BadNotWritable;
        return value.Type == node.Type && value.IsNumber ? node.Write(value) : OpcUaStatus.BadTypeMismatch;
    }

    private void AddStandard()
    {
        var root = OpcUaNodeId.Standard(84);
        void Folder(uint id, string name, OpcUaNodeId parent) =>
            Add(new OpcUaNode(OpcUaNodeId.Standard(id), name, OpcUaNodeClass.Object, parent));
        void Variable(OpcUaNodeId id, string name, OpcUaNodeId parent, OpcUaType type, Func<OpcUaVariant> read) =>
            Add(new OpcUaNode(id, name, OpcUaNodeClass.Variable, parent) { Type = type, Read = read });

        Folder(84, "Root", default);
        Folder(85, "Objects", root);
        Folder(86, "Types", root);
        Folder(87, "Views", root);
        Folder(2253, "Server", Objects);
        // Texts are made once, so that a subscription to them sees no change.
        var servers = OpcUaVariant.Array(ServerUri);
        var namespaces = OpcUaVariant.Array(RootUri, ServerUri, "urn:practice:station");
        Variable(ServerArray, "ServerArray", Server, OpcUaType.String, () => servers);
        Variable(NamespaceArray, "NamespaceArray", Server, OpcUaType.String, () => namespaces);
        Variable(ServerStatus, "ServerStatus", Server, OpcUaType.ExtensionObject, Status);
        Variable(ServerState, "State", ServerStatus, OpcUaType.Int32, () => OpcUaVariant.Of(0));
        Variable(
            OpcUaNodeId.Standard(2258), "CurrentTime", ServerStatus, OpcUaType.DateTime, () => OpcUaVariant.Time(_clock()));
        Add(new OpcUaNode(GetMonitoredItems, "GetMonitoredItems", OpcUaNodeClass.Method, Server));
    }

    // ServerStatusDataType (Part 5 v1.05 §12.10).
    private OpcUaVariant Status() => OpcUaVariant.Raw(OpcUaType.ExtensionObject, writer =>
    {
        var at = writer.BeginExtension(OpcUaMessageType.ServerStatus);
        writer.Time(_started).Time(_clock()).Int32(0)
            .String("urn:practice:product").String("Simulated Switchgear").String("Station Server")
            .String("3.2.1").String("20").Time(_started)
            .UInt32(0).LocalizedText("").EndExtension(at);
    });

    private void AddMeasurements(SimulatedDevice device)
    {
        Measure(device, "Voltage", OpcUaType.Float, registers => OpcUaVariant.Of(registers[SubstationProcess.VoltageRegister] / 100f));
        Measure(device, "Current", OpcUaType.Float, registers => OpcUaVariant.Of(registers[SubstationProcess.CurrentRegister] / 10f));
        Measure(device, "ActivePower", OpcUaType.Float, Signed(SubstationProcess.ActivePowerRegister));
        Measure(device, "ReactivePower", OpcUaType.Float, Signed(SubstationProcess.ReactivePowerRegister));
        Measure(
            device, "PowerFactor", OpcUaType.Float,
            registers => OpcUaVariant.Of(registers[SubstationProcess.PowerFactorRegister] / 1000f));
        Measure(
            device, "Frequency", OpcUaType.Float,
            registers => OpcUaVariant.Of(registers[SubstationProcess.FrequencyRegister] / 100f));
        Measure(
            device, "Temperature", OpcUaType.Float,
            registers => OpcUaVariant.Of(registers[SubstationProcess.TemperatureRegister] / 10f));
        Measure(device, "Energy", OpcUaType.UInt32, Counter(SubstationProcess.EnergyRegister));
        Measure(device, "EnergyDelivered", OpcUaType.UInt32, Counter(SubstationProcess.DeliveredEnergyRegister));
    }

    private static Func<ushort[], OpcUaVariant> Signed(int register) => registers => OpcUaVariant.Of((float)(short)registers[register]);

    private static Func<ushort[], OpcUaVariant> Int16(int register) => registers => OpcUaVariant.Of((short)registers[register]);

    private static Func<ushort[], OpcUaVariant> Counter(int register) =>
        registers => OpcUaVariant.Of((uint)registers[register] << 16 | registers[register + 1]);

    private void Measure(SimulatedDevice device, string name, OpcUaType type, Func<ushort[], OpcUaVariant> value) =>
        Add(Variable(device, name, type) with
        {
            Device = device,
            Read = () => value(Falsified.TryGetValue(device, out var lie) ? lie.Apply(device.InputRegisters) : device.InputRegisters),
        });

    private void AddSwitch(SimulatedDevice device)
    {
        Add(Variable(device, "BreakerClosed", OpcUaType.Boolean) with { Read = () => OpcUaVariant.Of(device.DiscreteInputs[0]) });
        Add(Variable(device, "EarthingClosed", OpcUaType.Boolean) with
        {
            Read = () => OpcUaVariant.Of(device.DiscreteInputs[SubstationProcess.EarthingInput]),
        });
        Add(Variable(device, "BreakerCommand", OpcUaType.Boolean) with
        {
            Read = () => OpcUaVariant.Of(device.Coils[SubstationProcess.BreakerCoil]),
            Write = value => Switch(device, value.Bits != 0),
        });
    }

    private static uint Switch(SimulatedDevice device, bool close)
    {
        if (device.Refuses?.Invoke(SubstationProcess.BreakerCoil, close) == true) return OpcUaStatus.BadInvalidState;
        device.Operate(SubstationProcess.BreakerCoil, close);
        return OpcUaStatus.Good;
    }

    private void AddSetpoint(SimulatedDevice device, int perUnit) => Add(Variable(device, "Setpoint", OpcUaType.Float) with
    {
        Read = () => OpcUaVariant.Of(device.HoldingRegisters[SubstationProcess.SetpointRegister] / (float)perUnit),
        Write = value =>
        {
            var register = Math.Clamp(Math.Round(value.ToDouble() * perUnit), 0, ushort.MaxValue);
            device.Adjust(SubstationProcess.SetpointRegister, double.IsNaN(register) ? (ushort)0 : (ushort)register);
            return OpcUaStatus.Good;
        },
    });

    private void AddTrip(SimulatedDevice device) =>
        Add(new OpcUaNode(Of(device, "Trip"), "Trip", OpcUaNodeClass.Method, OpcUaNodeId.Named(Namespace, device.Name))
        {
            Call = () => (Switch(device, close: false), []),
        });

    private static OpcUaNode Variable(SimulatedDevice device, string name, OpcUaType type) =>
        new(Of(device, name), name, OpcUaNodeClass.Variable, OpcUaNodeId.Named(Namespace, device.Name)) { Type = type };
}
