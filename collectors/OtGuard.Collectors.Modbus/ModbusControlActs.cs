namespace OtGuard.Collectors.Modbus;

/// <summary>The diagnostics by which a device is told to restart, to fall silent or to forget.</summary>
/// <remarks>Modbus Application Protocol V1.1b3 §6.8.1.</remarks>
internal static class ModbusControlActs
{
    private const string Section = "Application Protocol V1.1b3 §6.8.1";

    /// <summary>All of them.</summary>
    public static readonly ControlAct[] All =
    [
        Act(DiagnosticsSubFunction.RestartCommunications, [], "B21", "restart its communications", true),
        // The data field FF00 asks for the event log to be cleared as well.
        Act(
            DiagnosticsSubFunction.RestartCommunications,
            [FunctionCode.Diagnostics, 0x00, 0x01, 0xFF, 0x00],
            "B22",
            "clear its communications event log and restart",
            true),
        Act(DiagnosticsSubFunction.ForceListenOnlyMode, [], "B21", "listen only, so that it neither answers nor acts"),
        Act(DiagnosticsSubFunction.ClearCounters, [], "B22", "clear its counters and its diagnostics register"),
        Act(DiagnosticsSubFunction.ClearOverrunCounter, [], "B22", "clear its overrun counter and flag"),
    ];

    private static ControlAct Act(int subFunction, byte[] data, string row, string text, bool restarts = false) =>
        new(FunctionCode.Diagnostics, subFunction, data, row, text, Section, Restarts: restarts);
}
