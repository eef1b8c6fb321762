namespace OtGuard.Collectors.OpcUa.Tests.Peers;

/// <summary>Captures that begin late or lack segments: decoding resumes, and nobody is accused of the gap.</summary>
[TestClass]
public sealed class MissingFramesTests
{
    private const string Capture = "opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap";

    [TestMethod]
    public void Started_at_any_frame_the_rest_is_decoded_alike()
    {
        var whole = PeerCapture.Run(Capture);
        var last = whole.Observations.Max(seen => seen.Observation.RequestFrame);

        for (long first = 2; first < last - 4; first += 3)
        {
            var start = first;
            var late = PeerCapture.Run(Capture, frame => frame >= start);

            AssertNobodyAccused(whole, late, $"from frame {first}");
            AssertSameAfter(whole, late, first + 1, $"from frame {first}");
        }
    }

    [TestMethod]
    public void Without_any_one_frame_the_rest_is_decoded_alike()
    {
        var whole = PeerCapture.Run(Capture);
        var frames = whole.Chunks.Select(chunk => chunk.Frame).Distinct().Where(frame => frame > 40).ToArray();
        Assert.IsNotEmpty(frames);
        foreach (var missing in frames)
        {
            var torn = PeerCapture.Run(Capture, frame => frame != missing);

            AssertNobodyAccused(whole, torn, $"without frame {missing}");
            // The peer's next frame tells that bytes are missing; from the one after it everything is as it was.
            AssertSameAfter(whole, torn, missing + 4, $"without frame {missing}");
        }
    }

    private static void AssertNobodyAccused(PeerCapture whole, PeerCapture torn, string what)
    {
        var known = whole.Observations.Select(seen => seen.Anomalies).Distinct().ToHashSet();
        var accusing = OpcUaAnomalies.Descriptors.Where(anomaly => anomaly.CatalogueRow is not null)
            .Aggregate(0UL, (bits, anomaly) => bits | 1UL << anomaly.Bit);
        foreach (var seen in torn.Observations)
        {
            var accused = (OpcUaAnomaly)((ulong)seen.Anomalies & accusing);
            Assert.IsTrue(accused == OpcUaAnomaly.None || known.Contains(accused), $"{what}: {accused}");
            Assert.AreNotEqual(Outcome.Unanswered, seen.Outcome, what);
        }
    }

    /// <summary>Exchanges that lie wholly behind a frame are decoded as in the whole capture, but for who is behind them.</summary>
    private static void AssertSameAfter(PeerCapture whole, PeerCapture torn, long frame, string what)
    {
        CollectionAssert.AreEqual(Behind(whole, frame), Behind(torn, frame), what);
    }

    private static List<string> Behind(PeerCapture run, long frame) =>
    [
        .. run.Observations
            .Where(seen => seen.Observation.RequestFrame > frame && seen.Observation.Code > 0)
            .OrderBy(seen => seen.Observation.RequestFrame).ThenBy(seen => seen.Observation.Transaction)
            .Select(seen => $"{seen.Observation.RequestFrame} {seen.Operation} {seen.TargetName} {seen.Values}"),
    ];
}
