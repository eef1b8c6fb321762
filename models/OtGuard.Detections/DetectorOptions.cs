using OtGuard.Detections.AddressBinding;
using OtGuard.Detections.BusErrors;
using OtGuard.Detections.BusFlood;
using OtGuard.Detections.DiagnosticScan;
using OtGuard.Detections.ExternalPeer;
using OtGuard.Detections.IndicatorMatch;
using OtGuard.Detections.LearnedModels;
using OtGuard.Detections.MalformedTraffic;
using OtGuard.Detections.MessageAbsence;
using OtGuard.Detections.MessageForm;
using OtGuard.Detections.MessageProtection;
using OtGuard.Detections.MessageRate;
using OtGuard.Detections.NewConversation;
using OtGuard.Detections.NewFunction;
using OtGuard.Detections.NewRange;
using OtGuard.Detections.ParameterGroup;
using OtGuard.Detections.Probing;
using OtGuard.Detections.RestartBurst;
using OtGuard.Detections.Scan;
using OtGuard.Detections.SecurityAccess;
using OtGuard.Detections.ServerEvent;
using OtGuard.Detections.ServerFailure;
using OtGuard.Detections.ServiceFailure;
using OtGuard.Detections.SessionActivity;
using OtGuard.Detections.SessionFlood;
using OtGuard.Detections.SessionSecurity;
using OtGuard.Detections.TransportAbuse;
using OtGuard.Detections.UnknownMessage;
using OtGuard.Detections.UnresponsiveDevice;
using OtGuard.Detections.UnresponsiveServer;
using OtGuard.Detections.UnsolicitedResponse;
using OtGuard.Detections.VendorFunction;
using OtGuard.Detections.WeakChallenge;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>The settings of all detectors; each default stands, with its reason, in the detector's own options.</summary>
public sealed record DetectorOptions
{
    /// <summary>What is declared about the site; nothing by default.</summary>
    public DeclaredSite Site { get; init; } = DeclaredSite.Nothing;

    /// <summary>Restarts in a burst.</summary>
    public RestartBurstOptions RestartBurst { get; init; } = new();

    /// <summary>New conversations.</summary>
    public NewConversationOptions NewConversation { get; init; } = new();

    /// <summary>Bindings of addresses, and ARP.</summary>
    public AddressBindingOptions AddressBinding { get; init; } = new();

    /// <summary>Functions and units never used.</summary>
    public NewFunctionOptions NewFunction { get; init; } = new();

    /// <summary>Addresses outside of the learned ranges.</summary>
    public NewRangeOptions NewRange { get; init; } = new();

    /// <summary>Scans of addresses, ports and controllers.</summary>
    public ScanOptions Scan { get; init; } = new();

    /// <summary>Floods of connections.</summary>
    public SessionFloodOptions SessionFlood { get; init; } = new();

    /// <summary>Devices that do not answer connections.</summary>
    public UnresponsiveDeviceOptions UnresponsiveDevice { get; init; } = new();

    /// <summary>Several malformed messages in one connection.</summary>
    public MalformedTrafficOptions MalformedTraffic { get; init; } = new();

    /// <summary>Conversations with public addresses.</summary>
    public ExternalPeerOptions ExternalPeer { get; init; } = new();

    /// <summary>What partners saw attackers use.</summary>
    public IndicatorMatchOptions IndicatorMatch { get; init; } = new();

    /// <summary>Functions, addresses and units tried out, and refusals.</summary>
    public ProbingOptions Probing { get; init; } = new();

    /// <summary>Failures a device reports.</summary>
    public ServerFailureOptions ServerFailure { get; init; } = new();

    /// <summary>Units that do not answer requests.</summary>
    public UnresponsiveServerOptions UnresponsiveServer { get; init; } = new();

    /// <summary>Answers nobody asked for.</summary>
    public UnsolicitedResponseOptions UnsolicitedResponse { get; init; } = new();

    /// <summary>Identifiers never seen on a bus.</summary>
    public UnknownMessageOptions UnknownMessage { get; init; } = new();

    /// <summary>Messages in other forms.</summary>
    public MessageFormOptions MessageForm { get; init; } = new();

    /// <summary>What clients do in sessions.</summary>
    public SessionActivityOptions SessionActivity { get; init; } = new();

    /// <summary>How sessions are secured and opened.</summary>
    public SessionSecurityOptions SessionSecurity { get; init; } = new();

    /// <summary>Events that servers report.</summary>
    public ServerEventOptions ServerEvent { get; init; } = new();

    /// <summary>Requests in sessions that fail.</summary>
    public ServiceFailureOptions ServiceFailure { get; init; } = new();

    /// <summary>Cyclic messages that stay away.</summary>
    public MessageAbsenceOptions MessageAbsence { get; init; } = new();

    /// <summary>Messages that come too fast.</summary>
    public MessageRateOptions MessageRate { get; init; } = new();

    /// <summary>Counters and checksums within messages.</summary>
    public MessageProtectionOptions MessageProtection { get; init; } = new();

    /// <summary>Buses with too much traffic.</summary>
    public BusFloodOptions BusFlood { get; init; } = new();

    /// <summary>Error frames.</summary>
    public BusErrorsOptions BusErrors { get; init; } = new();

    /// <summary>Functions of the vendor.</summary>
    public VendorFunctionOptions VendorFunction { get; init; } = new();

    /// <summary>Access denied, guessed at and granted.</summary>
    public SecurityAccessOptions SecurityAccess { get; init; } = new();

    /// <summary>Seeds that can be foreseen.</summary>
    public WeakChallengeOptions WeakChallenge { get; init; } = new();

    /// <summary>Diagnostic scans.</summary>
    public DiagnosticScanOptions DiagnosticScan { get; init; } = new();

    /// <summary>Abuse of a bus's transport protocol.</summary>
    public TransportAbuseOptions TransportAbuse { get; init; } = new();

    /// <summary>Parameter groups a node never sent.</summary>
    public ParameterGroupOptions ParameterGroup { get; init; } = new();

    /// <summary>What the models of the baseline hold to be out of the ordinary.</summary>
    public LearnedModelsOptions LearnedModels { get; init; } = new();
}
