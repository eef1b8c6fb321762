using OtGuard.Collectors;
using OtGuard.Detections.CaptureBlindness;
using OtGuard.Detections.ExternalPeer;
using OtGuard.Detections.ServerReset;
using OtGuard.Detections.SessionFlood;
using OtGuard.Detections.UnresponsiveDevice;

namespace OtGuard.Detections.Tests.Rules;

[TestClass]
public sealed class NetworkRuleTests
{
    [TestMethod]
    [DataRow(49, 0L, 0)]
    [DataRow(50, 0L, 1, DisplayName = "the limit at the end of the minute")]
    [DataRow(50, 100L, 0, DisplayName = "the limit just after it")]
    [DataRow(51, 0L, 1)]
    public void Connections_of_one_client_are_a_flood_at_the_limit(int sessions, long lateByNanoseconds, int expected)
    {
        var options = new SessionFloodOptions();
        var scene = new Scene(new SessionFloodDetector(options));
        for (var i = 0; i < sessions - 1; i++) Attempt(scene, "10.0.0.5");
        scene.Now = new CaptureTime(scene.Now.UnixNanoseconds + options.Window.Ticks * 100 + lateByNanoseconds);
        Attempt(scene, "10.0.0.5");

        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    [DataRow(2999, 0)]
    [DataRow(3000, 1)]
    [DataRow(3001, 1)]
    public void Attempts_of_all_clients_together_are_a_flood_at_the_limit(int attempts, int expected)
    {
        var scene = new Scene(new SessionFloodDetector(new SessionFloodOptions()));
        for (var i = 0; i < attempts; i++) Attempt(scene, $"10.{i % 3}.{i / 250}.{i % 250}");

        Assert.HasCount(expected, scene.Deviations);
        if (expected == 1) Assert.AreEqual("10.0.0.9", scene.Deviations[0].Finding.Subject);
    }

    [TestMethod]
    public void A_restarted_device_to_which_forty_clients_come_back_is_not_flooded()
    {
        var scene = new Scene(new SessionFloodDetector(new SessionFloodOptions()));
        for (var round = 0; round < 5; round++)
            for (var client = 0; client < 40; client++) Attempt(scene, $"10.0.1.{client}");

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(7, 0L, 0)]
    [DataRow(8, 0L, 1)]
    [DataRow(8, 100L, 0)]
    [DataRow(9, 0L, 1)]
    public void A_device_that_answered_before_is_unresponsive_at_the_limit(int attempts, long lateByNanoseconds, int expected)
    {
        var options = new UnresponsiveDeviceOptions();
        var scene = new Scene(new UnresponsiveDeviceDetector(options));
        var connection = scene.Connection("10.0.0.5", "10.0.0.9");
        scene.Network(Operation.ConnectionOpened, connection);
        for (var i = 0; i < attempts - 1; i++) scene.Network(Operation.ConnectionUnanswered, connection);
        scene.Now = new CaptureTime(scene.Now.UnixNanoseconds + options.Window.Ticks * 100 + lateByNanoseconds);
        scene.Network(Operation.ConnectionUnanswered, connection);

        Assert.HasCount(expected, scene.Deviations);
        if (expected == 1) Assert.IsFalse(scene.Deviations[0].IsInformation);
    }

    [TestMethod]
    public void An_address_where_nobody_ever_answered_is_information()
    {
        var scene = new Scene(new UnresponsiveDeviceDetector(new UnresponsiveDeviceOptions()));
        for (var i = 0; i < 20; i++)
            scene.Network(Operation.ConnectionUnanswered, scene.Connection("10.0.0.5", "10.0.0.9"));

        Assert.IsTrue(scene.Deviations.Single().IsInformation);
        Assert.AreEqual(20, scene.Deviations.Single().Occurrences);
    }

    [TestMethod]
    public void An_answer_in_between_starts_the_count_anew()
    {
        var scene = new Scene(new UnresponsiveDeviceDetector(new UnresponsiveDeviceOptions()));
        var connection = scene.Connection("10.0.0.5", "10.0.0.9");
        for (var i = 0; i < 28; i++)
            scene.Network(i % 7 == 0 ? Operation.ConnectionRefused : Operation.ConnectionUnanswered, connection);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow("10.0.0.5", "8.8.8.8", 1, DisplayName = "to outside")]
    [DataRow("8.8.8.8", "10.0.0.5", 1, DisplayName = "from outside")]
    [DataRow("10.0.0.5", "10.0.0.9", 0, DisplayName = "within")]
    [DataRow("8.8.8.8", "9.9.9.9", 0, DisplayName = "both public: a plant with public addresses")]
    [DataRow("10.0.0.5", "224.0.0.251", 0, DisplayName = "a group")]
    public void A_conversation_is_external_with_one_public_side(string client, string server, int expected)
    {
        var scene = new Scene(new ExternalPeerDetector(new ExternalPeerOptions()));
        scene.Network(Operation.ConversationStarted, scene.Connection(client, server, 443));

        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    public void A_conversation_begun_from_outside_weighs_more()
    {
        var scene = new Scene(new ExternalPeerDetector(new ExternalPeerOptions()));
        scene.Network(Operation.ConversationStarted, scene.Connection("10.0.0.5", "8.8.8.8", 443));
        scene.Network(Operation.ConversationStarted, scene.Connection("8.8.8.8", "10.0.0.5", 443));

        Assert.IsGreaterThan(scene.Deviations[0].Finding.Severity, scene.Deviations[1].Finding.Severity);
    }

    [TestMethod]
    [DataRow(16, 16)]
    [DataRow(17, 17)]
    [DataRow(500, 17)]
    public void Many_public_peers_of_one_host_are_told_together(int peers, int expected)
    {
        var scene = new Scene(new ExternalPeerDetector(new ExternalPeerOptions()));
        for (var i = 0; i < peers; i++)
            scene.Network(Operation.ConversationStarted, scene.Connection("10.0.0.5", $"52.1.{i / 250}.{i % 250}", 443));

        Assert.HasCount(expected, scene.Deviations);
        Assert.AreEqual(peers, scene.Deviations.Sum(deviation => deviation.Occurrences));
    }

    [TestMethod]
    [DataRow(Operation.ConnectionReset, Direction.ToClient, 502, 1, DisplayName = "the server aborts")]
    [DataRow(Operation.ConnectionReset, Direction.ToServer, 502, 0, DisplayName = "the client aborts")]
    [DataRow(Operation.ConnectionRefused, Direction.ToClient, 502, 0, DisplayName = "nobody listens")]
    [DataRow(Operation.ConnectionClosed, Direction.ToClient, 502, 0, DisplayName = "closed in order")]
    [DataRow(Operation.ConnectionReset, Direction.ToClient, 443, 0, DisplayName = "no control protocol")]
    public void Only_a_server_that_aborts_a_connection_in_use_is_told(
        Operation operation, Direction sender, int port, int expected)
    {
        var scene = new Scene(new ServerResetDetector());
        scene.Network(operation, scene.Connection("10.0.0.5", "10.0.0.9", (ushort)port), sender);

        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    [DataRow(Operation.OneSided)]
    [DataRow(Operation.BytesMissing)]
    public void Blindness_is_information_and_told_once(Operation operation)
    {
        var scene = new Scene(new CaptureBlindnessDetector());
        for (var i = 0; i < 100; i++) scene.Network(operation, scene.Connection("10.0.0.5", "10.0.0.9"));

        Assert.IsTrue(scene.Deviations.Single().IsInformation);
        Assert.AreEqual("A20", scene.Deviations.Single().Kind.Row);
    }

    private static void Attempt(Scene scene, string client) =>
        scene.Network(Operation.ConnectionAttempted, scene.NewConnection(client, "10.0.0.9"));
}
