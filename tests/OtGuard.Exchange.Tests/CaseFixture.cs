using Microsoft.Extensions.Time.Testing;
using OtGuard.Alerting;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Sharing;
using OtGuard.Models;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Exchange.Tests;

/// <summary>A store with an incident, an exchange folder, and a clock moved by hand.</summary>
internal sealed class CaseFixture : IAsyncDisposable
{
    public static readonly Author Anna = new("anna");

    /// <summary>Everything leaves as it is.</summary>
    public static readonly SharingProfile Open = new()
    {
        Address = Treatment.Share,
        Name = Treatment.Share,
        User = Treatment.Share,
        Vehicle = Treatment.Share,
        Location = Treatment.Share,
        Value = Treatment.Share,
        Organisation = Treatment.Share,
        Text = Treatment.Share,
        Payload = Treatment.Share,
        PublicAddress = Treatment.Share,
    };

    private readonly TemporaryFolder _folder = new();

    public CaseFixture()
    {
        Store = OpenStore();
        Exchange = ExchangeFolder.Create(
            File("exchange"),
            new OperatorProfile
            {
                Id = new Guid("6f1e4c1a-3a53-4d0e-9d4f-7a4c4a4e1a11"),
                Name = "Stadtwerke Musterstadt",
                Sectors = ["energy"],
                Contact = "Leitwarte, +49 30 5550100",
                Registration = "REG-4711",
            });
        Desk = NewDesk();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 30, 0, TimeSpan.Zero));

    public EmbeddedStore Store { get; private set; }

    public ExchangeFolder Exchange { get; private set; }

    public CaseDesk Desk { get; private set; }

    public string File(string name) => _folder.File(name);

    /// <summary>As after a restart: store and folder opened anew.</summary>
    public async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = OpenStore();
        Exchange = ExchangeFolder.Open(File("exchange"));
        Desk = NewDesk();
    }

    /// <summary>Reads the folder anew: partners and regimes may have been changed.</summary>
    public void ReadFolder()
    {
        Exchange = ExchangeFolder.Open(File("exchange"));
        Desk = NewDesk();
    }

    /// <summary>Takes deviations in.</summary>
    public Task TakeAsync(params IReadOnlyList<DeviationRecord> deviations) =>
        new AlertPipeline(Store, new AlertingOptions(), Clock).TakeAsync(deviations, CancellationToken.None);

    /// <summary>A case of an incident of that protocol: <c>modbus</c>, <c>opcua</c> or <c>can</c>.</summary>
    public async Task<CaseVersion> OpenCaseAsync(string protocol = "modbus", bool exercise = false)
    {
        await TakeAsync([.. Samples.Of(protocol).Select(one => one with { Exercise = exercise })]);
        return await Desk.OpenAsync("1", "nis2-bsig", Anna, CancellationToken.None);
    }

    /// <summary>What of a version leaves for a partner, outside of a regime.</summary>
    public Disclosure Disclose(CaseVersion version, string partner, Tlp level)
    {
        var to = Exchange.Partner(partner);
        return Disclosure.Make(
            version, to, level, null, Exchange.Regimes, Exchange.Operator, Exchange.KeysOf(to).Pseudonyms());
    }

    /// <summary>The partner of that id, with other words in its file.</summary>
    public Partner Partner(string id, Func<Partner, Partner>? change = null)
    {
        var partner = (change ?? (one => one))(new Partner { Id = id, Name = id });
        System.IO.File.WriteAllText(
            Path.Combine(Exchange.Path, "partners", id + ".json"),
            System.Text.Json.JsonSerializer.Serialize(partner, ExchangeJson.Files));
        return Exchange.Partner(id);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }

    private EmbeddedStore OpenStore() => EmbeddedStore.Open(
        new EmbeddedStoreOptions { Path = _folder.File("test.store"), Writer = "test", ReserveBytes = 0 }, Clock);

    private CaseDesk NewDesk() => new(Store, Store.Cases, Exchange.Regimes, Exchange.Operator, Clock);
}

/// <summary>Deviations of an attack, as the detectors word them.</summary>
internal static class Samples
{
    public static IReadOnlyList<DeviationRecord> Of(string protocol) => protocol switch
    {
        "modbus" =>
        [
            Make("new-conversation", "modbus", "10.20.0.66 → 10.20.0.103", 0, "new-conversation.new-client",
                "conversations as learned", "10.20.0.66 talks to 10.20.0.103",
                ("client", "10.20.0.66"), ("server", "10.20.0.103"), ("service", "Modbus (TCP port 502)"),
                ("learned", "10.20.0.11 and 10.20.0.12")),
            Make("write-by-non-writer", "modbus", "10.20.0.66 → 10.20.0.103 unit 1", 60, "write-by-non-writer",
                "writes by 10.20.0.11 and 10.20.0.12", "10.20.0.66 wrote 48113 to holding register 12",
                ("client", "10.20.0.66"), ("values", "48113"), ("place", "holding register 12"),
                ("server", "10.20.0.103 unit 1"), ("before", "50250"),
                ("operation", "write single register (function code 6)"), ("learned", "10.20.0.11 and 10.20.0.12")),
            Make("device-control", "modbus", "10.20.0.66 → 10.20.0.103 unit 1", 120, "device-control",
                "no such act by this client", "force listen only mode (function code 8/4)",
                ("client", "10.20.0.66"), ("server", "10.20.0.103 unit 1"),
                ("act", "listen only, so that it neither answers nor acts"),
                ("operation", "force listen only mode (function code 8/4)"), ("outcome", "it was carried out")),
        ],
        "opcua" =>
        [
            Make("discovery-by-new-host", "opcua", "10.30.0.77 → 10.30.0.5", 0, "discovery-by-new-host",
                "no discovery by this client", "GetEndpoints",
                ("client", "10.30.0.77"), ("who", ""), ("server", "10.30.0.5"), ("place", "GetEndpoints"), ("outcome", "")),
            Make("first-write-to-node", "opcua", "10.30.0.77 → 10.30.0.5", 60, "first-write-to-node",
                "writes to ns=2;s=Feeder7.Tap", "ns=2;s=Feeder7.Breaker := 31337",
                ("client", "10.30.0.77"), ("who", " (jmustermann)"), ("server", "10.30.0.5"),
                ("observed", "ns=2;s=Feeder7.Breaker := 31337"), ("outcome", ""),
                ("expected", "ns=2;s=Feeder7.Tap")),
            Make("method-call-unseen", "opcua", "10.30.0.77 → 10.30.0.5", 120, "method-call-unseen",
                "no such call", "ns=2;s=Feeder7.Trip()",
                ("client", "10.30.0.77"), ("who", " (jmustermann)"), ("server", "10.30.0.5"),
                ("observed", "ns=2;s=Feeder7.Trip()"), ("outcome", "")),
        ],
        "can" =>
        [
            Make("unknown-identifier", "can", "can0 identifier 30C", 0, "unknown-identifier",
                "one of the 33 identifiers learned on can0", "identifier 30C, data frame (DLC 2)",
                ("bus", "can0"), ("message", "identifier 30C"), ("learned", "33")),
            Make("remote-bus-off", "can", "can0", 60, "remote-bus-off",
                "messages at their rhythm", "1A0 stopped",
                ("bus", "can0"), ("messages", "identifier 1A0")),
        ],
        _ => throw new ArgumentException($"'{protocol}' has no sample.", nameof(protocol)),
    };

    private static DeviationRecord Make(
        string kind, string protocol, string subject, int seconds, string message, string expected, string observed,
        params IReadOnlyList<(string Name, string Value)> arguments) =>
        SampleDeviations.Of(kind, subject, TimeSpan.FromSeconds(seconds), protocol: protocol) with
        {
            Id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes($"tap-1|{kind}|{subject}|{seconds}")).AsSpan(0, 16)),
            MessageKey = message,
            Arguments = arguments.ToDictionary(one => one.Name, one => one.Value),
            Explanation = Messages.Format(new Message(message, arguments)),
            Expected = expected,
            Observed = observed,
            Site = "Umspannwerk Nord",
            Zone = "bay-7",
            Baseline = "4579326444496bf7031acd84e73031fdc1e3b7d681a29329350a8b209ff38fb5",
        };
}
