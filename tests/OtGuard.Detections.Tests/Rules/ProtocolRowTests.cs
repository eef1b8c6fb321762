using OtGuard.Collectors.Modbus;
using OtGuard.Models;

namespace OtGuard.Detections.Tests.Rules;

/// <summary>What a protocol names must find a detector that raises it.</summary>
[TestClass]
public sealed class ProtocolRowTests
{
    [TestMethod]
    public void Every_row_that_Modbus_names_is_raised_by_a_detector()
    {
        var protocol = new ModbusProtocol(new ModbusOptions());
        var raised = DetectorRegistry.CreateAll(new DetectorOptions())
            .SelectMany(detector => detector.Kinds)
            .Select(kind => DeviationCatalogue.Kind(kind).Row)
            .ToHashSet();

        foreach (var anomaly in protocol.Anomalies.Where(anomaly => anomaly.CatalogueRow is not null))
            Assert.Contains(anomaly.CatalogueRow!, raised, anomaly.Name);
        foreach (var act in protocol.ControlActs) Assert.Contains(act.CatalogueRow, raised, act.Text);
    }
}
