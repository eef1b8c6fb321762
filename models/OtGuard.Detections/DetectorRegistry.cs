using OtGuard.Detections.AddressBinding;
using OtGuard.Detections.AddressClaim;
using OtGuard.Detections.BusErrors;
using OtGuard.Detections.BusFlood;
using OtGuard.Detections.CaptureBlindness;
using OtGuard.Detections.ConduitViolation;
using OtGuard.Detections.CriticalState;
using OtGuard.Detections.DeclaredWrites;
using OtGuard.Detections.DeviceControl;
using OtGuard.Detections.DiagnosticScan;
using OtGuard.Detections.ExternalPeer;
using OtGuard.Detections.FileRecordWrite;
using OtGuard.Detections.FirstException;
using OtGuard.Detections.IdentificationRead;
using OtGuard.Detections.IdentityChange;
using OtGuard.Detections.IndicatorMatch;
using OtGuard.Detections.LearnedModels;
using OtGuard.Detections.MalformedTraffic;
using OtGuard.Detections.MessageAbsence;
using OtGuard.Detections.MessageForm;
using OtGuard.Detections.MessageProtection;
using OtGuard.Detections.MessageRate;
using OtGuard.Detections.NewAsset;
using OtGuard.Detections.NewConversation;
using OtGuard.Detections.NewFunction;
using OtGuard.Detections.NewRange;
using OtGuard.Detections.NewWriter;
using OtGuard.Detections.ParameterGroup;
using OtGuard.Detections.Probing;
using OtGuard.Detections.ProtocolMismatch;
using OtGuard.Detections.RestartBurst;
using OtGuard.Detections.RoleReversal;
using OtGuard.Detections.Scan;
using OtGuard.Detections.SecurityAccess;
using OtGuard.Detections.ServerEvent;
using OtGuard.Detections.ServerFailure;
using OtGuard.Detections.ServerReset;
using OtGuard.Detections.ServiceFailure;
using OtGuard.Detections.SessionActivity;
using OtGuard.Detections.SessionFlood;
using OtGuard.Detections.SessionSecurity;
using OtGuard.Detections.Specification;
using OtGuard.Detections.TransportAbuse;
using OtGuard.Detections.UndeclaredAsset;
using OtGuard.Detections.UnknownMessage;
using OtGuard.Detections.UnresponsiveDevice;
using OtGuard.Detections.UnresponsiveServer;
using OtGuard.Detections.UnsolicitedResponse;
using OtGuard.Detections.VendorFunction;
using OtGuard.Detections.WeakChallenge;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>Every detector there is: one line each.</summary>
public static class DetectorRegistry
{
    /// <summary>New detectors with these settings. They keep state: a set serves one <see cref="DetectionEngine"/>.</summary>
    public static IReadOnlyList<IDetector> CreateAll(DetectorOptions options) =>
    [
        new NewAssetDetector(),
        new NewConversationDetector(options.NewConversation),
        new ProtocolMismatchDetector(),
        new RoleReversalDetector(),
        new AddressBindingDetector(options.AddressBinding),
        new IdentityChangeDetector(),
        new NewFunctionDetector(options.NewFunction),
        new NewRangeDetector(options.NewRange),
        new NewWriterDetector(),
        new VendorFunctionDetector(options.VendorFunction),
        new FirstExceptionDetector(),
        new IdentificationReadDetector(),
        new FileRecordWriteDetector(),
        new ScanDetector(options.Scan),
        new SessionFloodDetector(options.SessionFlood),
        new UnresponsiveDeviceDetector(options.UnresponsiveDevice),
        new MalformedTrafficDetector(options.MalformedTraffic),
        new ExternalPeerDetector(options.ExternalPeer),
        new CaptureBlindnessDetector(),
        new SpecificationDetector(),
        new ProbingDetector(options.Probing),
        new ServerFailureDetector(options.ServerFailure),
        new UnresponsiveServerDetector(options.UnresponsiveServer),
        new UnsolicitedResponseDetector(options.UnsolicitedResponse),
        new DeviceControlDetector(),
        new ServerResetDetector(),
        new UnknownMessageDetector(options.UnknownMessage),
        new MessageFormDetector(options.MessageForm),
        new MessageRateDetector(options.MessageRate),
        new MessageAbsenceDetector(options.MessageAbsence),
        new MessageProtectionDetector(options.MessageProtection),
        new BusFloodDetector(options.BusFlood),
        new BusErrorsDetector(options.BusErrors),
        new SessionActivityDetector(options.SessionActivity),
        new SessionSecurityDetector(options.SessionSecurity),
        new ServiceFailureDetector(options.ServiceFailure),
        new ServerEventDetector(options.ServerEvent),
        new SecurityAccessDetector(options.SecurityAccess),
        new WeakChallengeDetector(options.WeakChallenge),
        new DiagnosticScanDetector(options.DiagnosticScan),
        new TransportAbuseDetector(options.TransportAbuse),
        new AddressClaimDetector(),
        new ParameterGroupDetector(options.ParameterGroup),
        new RestartBurstDetector(options.RestartBurst),
        new LearnedModelsDetector(options.LearnedModels),
        .. CreateInformed(options.IndicatorMatch),
        .. CreateDeclared(options.Site),
    ];

    /// <summary>Those that judge by what partners say of attackers.</summary>
    public static IReadOnlyList<IDetector> CreateInformed(IndicatorMatchOptions indicators) =>
        [new IndicatorMatchDetector(indicators)];

    /// <summary>Those that judge by what is declared alone.</summary>
    public static IReadOnlyList<IDetector> CreateDeclared(DeclaredSite site) =>
    [
        new ConduitViolationDetector(site),
        new UndeclaredAssetDetector(site),
        new DeclaredWritesDetector(site),
        new CriticalStateDetector(site),
    ];
}
