using System.Globalization;

namespace OtGuard.Collectors.Can.Uds;

/// <summary>What follows the service identifier in a request.</summary>
internal enum UdsForm : byte
{
    /// <summary>Data of its own form.</summary>
    Data,

    /// <summary>A sub-function, its upper bit asking for no positive response.</summary>
    SubFunction,

    /// <summary>One or more data identifiers.</summary>
    DataIdentifier,

    /// <summary>A sub-function and a routine identifier.</summary>
    Routine,

    /// <summary>A byte that the response repeats.</summary>
    Echo,
}

/// <summary>A service.</summary>
internal sealed record UdsService(byte Identifier, string Name, string Text, UdsForm Form, Operation Operation);

/// <summary>The services by their identifier (SID).</summary>
/// <remarks>ISO 14229-1:2020 table 2 and clauses 10 to 16; SAE J1979 for 0x01 to 0x0A.</remarks>
internal static class UdsServices
{
    public const byte NegativeResponse = 0x7F;
    public const byte ResponseBit = 0x40;
    public const byte SuppressBit = 0x80;
    public const byte ResponsePending = 0x78;

    public const byte DiagnosticSessionControl = 0x10;
    public const byte ReadDataByIdentifier = 0x22;
    public const byte ReadMemoryByAddress = 0x23;
    public const byte SecurityAccess = 0x27;
    public const byte Authentication = 0x29;
    public const byte RoutineControl = 0x31;
    public const byte TransferData = 0x36;
    public const byte RequestFileTransfer = 0x38;
    public const byte WriteMemoryByAddress = 0x3D;

    public static readonly UdsService[] All =
    [
        new(0x10, "DiagnosticSessionControl", "diagnostic session control", UdsForm.SubFunction, Operation.Control),
        new(0x11, "ECUReset", "ECU reset", UdsForm.SubFunction, Operation.Control),
        new(0x14, "ClearDiagnosticInformation", "clear diagnostic information", UdsForm.Data, Operation.Control),
        new(0x19, "ReadDTCInformation", "read DTC information", UdsForm.SubFunction, Operation.Diagnose),
        new(0x22, "ReadDataByIdentifier", "read data by identifier", UdsForm.DataIdentifier, Operation.Read),
        new(0x23, "ReadMemoryByAddress", "read memory by address", UdsForm.Data, Operation.Read),
        new(0x24, "ReadScalingDataByIdentifier", "read scaling data by identifier", UdsForm.DataIdentifier,
            Operation.Read),
        new(0x27, "SecurityAccess", "security access", UdsForm.SubFunction, Operation.Control),
        new(0x28, "CommunicationControl", "communication control", UdsForm.SubFunction, Operation.Control),
        new(0x29, "Authentication", "authentication", UdsForm.SubFunction, Operation.Control),
        new(0x2A, "ReadDataByPeriodicIdentifier", "read data by periodic identifier", UdsForm.Data, Operation.Read),
        new(0x2C, "DynamicallyDefineDataIdentifier", "dynamically define data identifier", UdsForm.SubFunction,
            Operation.Control),
        new(0x2E, "WriteDataByIdentifier", "write data by identifier", UdsForm.DataIdentifier, Operation.Write),
        new(0x2F, "InputOutputControlByIdentifier", "input/output control by identifier", UdsForm.DataIdentifier,
            Operation.Write),
        new(0x31, "RoutineControl", "routine control", UdsForm.Routine, Operation.Write),
        new(0x34, "RequestDownload", "request download", UdsForm.Data, Operation.WriteRecords),
        new(0x35, "RequestUpload", "request upload", UdsForm.Data, Operation.ReadRecords),
        new(0x36, "TransferData", "transfer data", UdsForm.Echo, Operation.WriteRecords),
        new(0x37, "RequestTransferExit", "request transfer exit", UdsForm.Data, Operation.Control),
        new(0x38, "RequestFileTransfer", "request file transfer", UdsForm.Echo, Operation.WriteRecords),
        new(0x3D, "WriteMemoryByAddress", "write memory by address", UdsForm.Data, Operation.Write),
        new(0x3E, "TesterPresent", "tester present", UdsForm.SubFunction, Operation.Diagnose),
        new(0x83, "AccessTimingParameter", "access timing parameter", UdsForm.SubFunction, Operation.Control),
        new(0x84, "SecuredDataTransmission", "secured data transmission", UdsForm.Data, Operation.Unknown),
        new(0x85, "ControlDTCSetting", "control DTC setting", UdsForm.SubFunction, Operation.Control),
        new(0x86, "ResponseOnEvent", "response on event", UdsForm.SubFunction, Operation.Control),
        new(0x87, "LinkControl", "link control", UdsForm.SubFunction, Operation.Control),
        new(0x88, "SecuredDataTransmissionLegacy", "secured data transmission (ISO 15764)", UdsForm.Data,
            Operation.Unknown),
        new(0x01, "ObdCurrentData", "current powertrain data", UdsForm.Echo, Operation.Read),
        new(0x02, "ObdFreezeFrame", "powertrain freeze frame data", UdsForm.Echo, Operation.Read),
        new(0x03, "ObdStoredDtcs", "stored emission-related DTCs", UdsForm.Data, Operation.Diagnose),
        new(0x04, "ObdClear", "clear emission-related diagnostic information", UdsForm.Data, Operation.Control),
        new(0x05, "ObdOxygenSensorTests", "oxygen sensor test results", UdsForm.Echo, Operation.Read),
        new(0x06, "ObdOnBoardTests", "on-board monitoring test results", UdsForm.Echo, Operation.Read),
        new(0x07, "ObdPendingDtcs", "pending emission-related DTCs", UdsForm.Data, Operation.Diagnose),
        new(0x08, "ObdControl", "control of on-board system or test", UdsForm.Echo, Operation.Write),
        new(0x09, "ObdVehicleInformation", "vehicle information", UdsForm.Echo, Operation.Identify),
        new(0x0A, "ObdPermanentDtcs", "permanent emission-related DTCs", UdsForm.Data, Operation.Diagnose),
    ];

    private static readonly UdsService?[] ByIdentifier = Index();

    /// <summary>The service of an identifier, or null where the standard has none.</summary>
    public static UdsService? Find(int identifier) =>
        identifier is >= 0 and < 256 ? ByIdentifier[identifier] : null;

    /// <summary>Services that change nothing, those of KWP 2000 (ISO 14230-3) among them.</summary>
    public static bool IsOrdinary(int identifier) => identifier switch
    {
        DiagnosticSessionControl or 0x19 or ReadDataByIdentifier or 0x24 or SecurityAccess or Authentication or 0x2A or 0x3E
            => true,
        // OBD: everything but clearing (04) and control (08).
        >= 0x01 and <= 0x0A and not 0x04 and not 0x08 => true,
        // KWP 2000: freeze frames, trouble codes, identification, end of a session, data by local identifier, opening.
        0x12 or 0x13 or 0x17 or 0x18 or 0x1A or 0x20 or 0x21 or 0x81 or 0x82 => true,
        _ => false,
    };

    /// <summary>Whether the first byte of a message is that of a positive or negative response.</summary>
    public static bool IsResponse(byte first) => (first & ResponseBit) != 0;

    public static string Name(short code) =>
        code < 0 ? "Undecodable"
        : Find(code)?.Name ?? string.Create(CultureInfo.InvariantCulture, $"Service{code:X2}");

    public static string Text(short code, int subCode)
    {
        if (code < 0) return "bytes that are no diagnostic message";
        var service = Find(code);
        var name = service?.Text ?? "manufacturer's service";
        if (subCode < 0 || service is null) return string.Create(CultureInfo.InvariantCulture, $"{name} (0x{code:X2})");
        var sub = SubFunctionText(code, subCode);
        return service.Form == UdsForm.DataIdentifier
            ? string.Create(CultureInfo.InvariantCulture, $"{name} (0x{code:X2}, DID 0x{subCode:X4})")
            : string.Create(
                CultureInfo.InvariantCulture, $"{name} (0x{code:X2}/0x{subCode:X2}{(sub.Length == 0 ? "" : ", ")}{sub})");
    }

    /// <summary>A sub-function in words; empty where the standard has none.</summary>
    public static string SubFunctionText(int service, int subFunction) => (service, subFunction) switch
    {
        (0x10, 1) => "default session",
        (0x10, 2) => "programming session",
        (0x10, 3) => "extended diagnostic session",
        (0x10, 4) => "safety system diagnostic session",
        (0x11, 1) => "hard reset",
        (0x11, 2) => "key off on reset",
        (0x11, 3) => "soft reset",
        (0x11, 4) => "enable rapid power shutdown",
        (0x11, 5) => "disable rapid power shutdown",
        (0x19, 1) => "number of DTCs by status mask",
        (0x19, 2) => "DTCs by status mask",
        (0x19, 3) => "DTC snapshot identification",
        (0x19, 4) => "DTC snapshot record by DTC number",
        (0x19, 6) => "DTC extended data record by DTC number",
        (0x19, 0x0A) => "supported DTCs",
        (0x19, 0x14) => "DTC fault detection counter",
        (0x27, > 0 and < 0x7F) => (subFunction & 1) != 0 ? "request seed" : "send key",
        (0x28, 0) => "enable reception and transmission",
        (0x28, 1) => "enable reception, disable transmission",
        (0x28, 2) => "disable reception, enable transmission",
        (0x28, 3) => "disable reception and transmission",
        (0x29, 0) => "deauthenticate",
        (0x29, 1) => "verify certificate unidirectional",
        (0x29, 2) => "verify certificate bidirectional",
        (0x29, 3) => "proof of ownership",
        (0x29, 4) => "transmit certificate",
        (0x29, 5) => "request challenge for authentication",
        (0x29, 6) => "verify proof of ownership unidirectional",
        (0x29, 7) => "verify proof of ownership bidirectional",
        (0x29, 8) => "authentication configuration",
        (0x2C, 1) => "define by identifier",
        (0x2C, 2) => "define by memory address",
        (0x2C, 3) => "clear dynamically defined data identifier",
        (0x31, 1) => "start routine",
        (0x31, 2) => "stop routine",
        (0x31, 3) => "request routine results",
        (0x38, 1) => "add file",
        (0x38, 2) => "delete file",
        (0x38, 3) => "replace file",
        (0x38, 4) => "read file",
        (0x38, 5) => "read directory",
        (0x38, 6) => "resume file",
        (0x83, 1) => "read extended timing parameters",
        (0x83, 2) => "set timing parameters to default",
        (0x83, 3) => "read active timing parameters",
        (0x83, 4) => "set timing parameters",
        (0x85, 1) => "on",
        (0x85, 2) => "off",
        (0x87, 1) => "verify transition with fixed parameter",
        (0x87, 2) => "verify transition with specific parameter",
        (0x87, 3) => "transition mode",
        _ => "",
    };

    private static UdsService?[] Index()
    {
        var table = new UdsService?[256];
        foreach (var service in All) table[service.Identifier] = service;
        return table;
    }
}

/// <summary>Negative response codes (NRC).</summary>
/// <remarks>ISO 14229-1:2020 Annex A.1.</remarks>
internal static class UdsRefusals
{
    public static bool IsKnown(byte code) => Text(code).Length > 0;

    public static string Text(int code) => code switch
    {
        0x10 => "general reject",
        0x11 => "service not supported",
        0x12 => "sub-function not supported",
        0x13 => "incorrect message length or invalid format",
        0x14 => "response too long",
        0x21 => "busy, repeat request",
        0x22 => "conditions not correct",
        0x24 => "request sequence error",
        0x25 => "no response from subnet component",
        0x26 => "failure prevents execution of requested action",
        0x31 => "request out of range",
        0x33 => "security access denied",
        0x34 => "authentication required",
        0x35 => "invalid key",
        0x36 => "exceeded number of attempts",
        0x37 => "required time delay not expired",
        0x38 => "secure data transmission required",
        0x39 => "secure data transmission not allowed",
        0x3A => "secure data verification failed",
        0x50 => "certificate verification failed, invalid time period",
        0x51 => "certificate verification failed, invalid signature",
        0x52 => "certificate verification failed, invalid chain of trust",
        0x53 => "certificate verification failed, invalid type",
        0x54 => "certificate verification failed, invalid format",
        0x55 => "certificate verification failed, invalid content",
        0x56 => "certificate verification failed, invalid scope",
        0x57 => "certificate verification failed, invalid certificate (revoked)",
        0x58 => "ownership verification failed",
        0x59 => "challenge calculation failed",
        0x5A => "setting access rights failed",
        0x5B => "session key creation or derivation failed",
        0x5C => "configuration data usage failed",
        0x5D => "deauthentication failed",
        0x70 => "upload or download not accepted",
        0x71 => "transfer data suspended",
        0x72 => "general programming failure",
        0x73 => "wrong block sequence counter",
        0x78 => "request correctly received, response pending",
        0x7E => "sub-function not supported in active session",
        0x7F => "service not supported in active session",
        0x81 => "rpm too high",
        0x82 => "rpm too low",
        0x83 => "engine is running",
        0x84 => "engine is not running",
        0x85 => "engine run time too low",
        0x86 => "temperature too high",
        0x87 => "temperature too low",
        0x88 => "vehicle speed too high",
        0x89 => "vehicle speed too low",
        0x8A => "throttle or pedal too high",
        0x8B => "throttle or pedal too low",
        0x8C => "transmission range not in neutral",
        0x8D => "transmission range not in gear",
        0x8F => "brake switches not closed",
        0x90 => "shifter lever not in park",
        0x91 => "torque converter clutch locked",
        0x92 => "voltage too high",
        0x93 => "voltage too low",
        0x94 => "resource temporarily not available",
        _ => "",
    };

    public static RefusalMeaning MeaningOf(int code) => code switch
    {
        0x11 or 0x12 or 0x7E or 0x7F => RefusalMeaning.FunctionUnknown,
        0x31 => RefusalMeaning.ObjectUnknown,
        0x13 or 0x22 or 0x24 => RefusalMeaning.ValueRefused,
        0x26 or 0x72 => RefusalMeaning.ServerFailed,
        0x21 or 0x94 => RefusalMeaning.Busy,
        0x78 => RefusalMeaning.Accepted,
        0x25 => RefusalMeaning.Unreachable,
        0x33 => RefusalMeaning.AccessDenied,
        0x34 => RefusalMeaning.AuthenticationRequired,
        0x35 or >= 0x50 and <= 0x5A => RefusalMeaning.CredentialWrong,
        0x36 or 0x37 => RefusalMeaning.TooManyAttempts,
        _ => RefusalMeaning.Other,
    };
}
