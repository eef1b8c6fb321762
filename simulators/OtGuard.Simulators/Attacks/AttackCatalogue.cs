namespace OtGuard.Simulators.Attacks;

/// <summary>Every attack and look-alike with its default parameters.</summary>
public static class AttackCatalogue
{
    /// <summary>All of them, attacks first.</summary>
    public static IReadOnlyList<IAttack> All { get; } =
    [
        new NetworkScan(),
        new PortScan(),
        new WriteByNewHost(),
        new WriteByKnownReader(),
        new FunctionCodeEnumeration(),
        new DeviceIdentificationSweep(),
        new RegisterSweep(),
        new UnitSweep(),
        new ExceptionStorm(),
        new ForceListenOnly(),
        new RestartCommunications(),
        new ClearCounters(),
        new MalformedBurst(),
        new UnsolicitedResponses(),
        new MismatchingResponses(),
        new ArpSpoofing(),
        new SessionFlood(),
        new RequestFlood(),
        new ServerResets(),
        new FileRecordWrite(),
        new VendorFunction(),
        new IdentityChange(),
        new ForeignProtocolIdentifier(),
        new WrongLength(),
        new SynFlood(),
        new InternetPeer(),
        new RoleReversal(),
        new ExceptionFromClient(),
        new ForeignProtocolOnModbusPort(),
        new ModbusOnOtherPort(),
        new ScadaFailover(),
        new MaintenanceVisit(),
        new DeviceRestart(),
        new Retransmissions(),
        new SegmentLoss(),
        new OneSidedMirror(),
    ];

    /// <summary>The one of a name, or null.</summary>
    public static IAttack? Find(string name) => All.FirstOrDefault(attack => attack.Name == name);
}
