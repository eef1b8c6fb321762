using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Replay;
using OtGuard.Storage.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Sending;

[TestClass]
public sealed partial class SinkTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    [DataRow(SyslogTransport.Tls, SyslogForm.Cef)]
    [DataRow(SyslogTransport.Tcp, SyslogForm.Ecs)]
    [DataRow(SyslogTransport.Udp, SyslogForm.Cef)]
    public async Task Rsyslog_receives_what_was_sent(SyslogTransport transport, SyslogForm form)
    {
        using var server = new RsyslogServer();
        await server.BringBackAsync(Stop);
        var options = new SyslogOptions
        {
            Host = "localhost",
            Port = transport switch
            {
                SyslogTransport.Tls => server.TlsPort,
                SyslogTransport.Tcp => server.TcpPort,
                SyslogTransport.Udp => server.UdpPort
            },
            Transport = transport,
            Form = form,
            AuthorityFile = server.AuthorityFile,
            ConfirmAfter = TimeSpan.FromMilliseconds(200),
        };
        await using var sink = new SyslogSink(options, "1.0", TimeProvider.System);
        List<OutboxMessage> messages = [.. Enumerable.Range(1, 20).Select(n => Message(SampleDeviations.Of(n)))];

        var deliveries = await sink.SendAsync(messages, Stop);

        Assert.IsTrue(deliveries.All(delivery => delivery.Outcome == DeliveryOutcome.Accepted), deliveries[0].Reason);
        await server.WaitForAsync(20, Stop);
        foreach (var (line, message) in server.Received.Zip(messages))
        {
            Assert.Contains($"[otguard@32473 id=\"{message.Id}\"]", line);
            Assert.MatchesRegex(Rfc5424(), line);
            if (form == SyslogForm.Cef) Assert.Contains("CEF:0|OtGuard|OtGuard|1.0|", line);
            else Assert.AreEqual("otguard", JsonDocument.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..])
                .RootElement.GetProperty("event").GetProperty("module").GetString());
        }
    }

    [TestMethod]
    public async Task A_receiver_whose_certificate_nobody_vouches_for_is_sent_nothing()
    {
        using var server = new RsyslogServer();
        await server.BringBackAsync(Stop);
        await using var sink = new SyslogSink(new SyslogOptions { Host = "localhost", Port = server.TlsPort }, "1.0",
            TimeProvider.System);

        var delivery = (await sink.SendAsync([Message(SampleDeviations.Of(1))], Stop)).Single();

        Assert.AreEqual(DeliveryOutcome.Retry, delivery.Outcome);
        Assert.IsEmpty(server.Received);
    }

    [TestMethod]
    public async Task Webhooks_are_signed_and_answers_decide_what_becomes_of_a_message()
    {
        using var receiver = new WebhookReceiver
        {
            Answer = number => number switch
            {
                2 => new WebhookAnswer(422),
                3 => new WebhookAnswer(503, RetryAfter: 17),
                _ => null,
            },
        };
        await using var sink = new WebhookSink(
            new WebhookOptions { Url = receiver.Url, Secret = WebhookReceiver.Secret }, TimeProvider.System);
        List<OutboxMessage> messages = [.. Enumerable.Range(1, 5).Select(n => Message(SampleDeviations.Of(n)))];

        var deliveries = await sink.SendAsync(messages, Stop);

        Assert.AreEqual("Accepted Refused Retry", string.Join(' ', deliveries.Select(delivery => delivery.Outcome)));
        Assert.AreEqual(TimeSpan.FromSeconds(17), deliveries[2].RetryAfter);
        Assert.AreEqual(0, receiver.Forged);
        Assert.AreEqual((messages[0].Id, messages[0].Body), receiver.Received.Single());
    }

    [TestMethod]
    public async Task A_mail_tells_what_waited_with_the_most_severe_in_its_subject()
    {
        using var folder = new TemporaryFolder();
        var certificates = new Certificates(folder.Path);
        using var server = new SmtpReceiver(certificates, "secret");
        await using var sink = new MailSink(MailTo(server, certificates.Fingerprint, "secret"));

        var deliveries = await sink.SendAsync(
            [Message(SampleDeviations.Of("server-busy", "10.0.0.9", TimeSpan.Zero)),
                Message(SampleDeviations.Of("write-by-non-writer", "10.0.0.66 → 10.0.0.9", TimeSpan.Zero))],
            Stop);

        Assert.IsTrue(deliveries.All(delivery => delivery.Outcome == DeliveryOutcome.Accepted), deliveries[0].Reason);
        var mail = MimeKit.MimeMessage.Load(
            new MemoryStream(System.Text.Encoding.UTF8.GetBytes(server.Received.Single())), Stop);
        Assert.AreEqual("[OtGuard 75] Write by a host that never wrote: 10.0.0.66 → 10.0.0.9 and 1 more", mail.Subject);
        Assert.Contains("Device is too busy to serve", mail.TextBody ?? "");
    }

    [TestMethod]
    public async Task A_mail_server_that_is_a_stranger_or_does_not_let_in_is_tried_again_and_a_refusal_is_final()
    {
        using var folder = new TemporaryFolder();
        var certificates = new Certificates(folder.Path);
        using var server = new SmtpReceiver(certificates, "secret");
        var message = Message(SampleDeviations.Of(1));

        var stranger = await new MailSink(MailTo(server, new string('0', 64), "secret")).SendAsync([message], Stop);
        var unknown = await new MailSink(MailTo(server, certificates.Fingerprint, "wrong")).SendAsync([message], Stop);
        server.RefuseWith = "554 no such content here";
        var refused = await new MailSink(MailTo(server, certificates.Fingerprint, "secret")).SendAsync([message], Stop);

        Assert.AreEqual(
            "Retry Retry Refused", string.Join(' ',
                new[] { stranger, unknown, refused }.Select(deliveries => deliveries.Single().Outcome)));
        Assert.IsEmpty(server.Received);
    }

    [TestMethod]
    public async Task A_file_is_rotated_and_a_torn_line_is_written_again_whole()
    {
        using var folder = new TemporaryFolder();
        var options = new FileSinkOptions { Path = folder.File("events.jsonl"), MaximumBytes = 3000, KeptParts = 2 };
        await File.WriteAllTextAsync(options.Path, "{\"delivery\":\"whole\"}\n{\"deliv", Stop);
        await using (var sink = new FileSink(options))
        {
            for (var n = 1; n <= 12; n++)
                Assert.AreEqual(DeliveryOutcome.Accepted,
                    (await sink.SendAsync([Message(SampleDeviations.Of(n))], Stop)).Single().Outcome);
        }

        var parts = new[] { options.Path + ".2", options.Path + ".1", options.Path }.Where(File.Exists).ToList();
        Assert.IsGreaterThanOrEqualTo(2, parts.Count);
        Assert.IsFalse(File.Exists(options.Path + ".3"));
        var ids = parts.SelectMany(File.ReadAllLines)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("delivery").GetString()!).ToList();
        CollectionAssert.AreEqual(ids.Order(StringComparer.Ordinal).ToArray(), ids);
        Assert.AreEqual(Message(SampleDeviations.Of(12)).Id, ids[^1]);
    }

    [TestMethod]
    public void CEF_escapes_what_would_end_a_field_and_names_a_bus_as_the_interface()
    {
        var deviation = SampleDeviations.Of("unknown-identifier", "can0 identifier 1A0", TimeSpan.Zero,
            protocol: "can") with
        {
            Title = "a|b\\c",
            Explanation = "x=y\nz",
        };

        var text = CefFormat.Format(Telling.Of(Message(deviation))!, "1.0");

        Assert.StartsWith("CEF:0|OtGuard|OtGuard|1.0|unknown-identifier|a\\|b\\\\c|6|", text);
        Assert.Contains(" msg=x\\=y\\nz", text);
        Assert.Contains(" deviceInboundInterface=can0 ", text);
        Assert.DoesNotContain(" src=", text);
        Assert.DoesNotContain("\n", text);
    }

    [TestMethod]
    public void A_message_too_long_for_syslog_is_cut_at_a_character()
    {
        var sink = new SyslogSink(new SyslogOptions { Host = "localhost" }, "1.0", new FakeTimeProvider());
        var deviation = SampleDeviations.Of(1) with { Explanation = new string('→', 9000) };

        var bytes = sink.Encode(Message(deviation))!;

        Assert.IsLessThanOrEqualTo(8192, bytes.Length);
        Assert.DoesNotContain("\uFFFD", System.Text.Encoding.UTF8.GetString(bytes));
    }

    [GeneratedRegex(@"^<\d{1,3}>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ otguard \d+ deviation \[")]
    private static partial Regex Rfc5424();

    private static OutboxMessage Message(DeviationRecord deviation) =>
        OutboxMessage.Of(deviation, new StoredAs(1, new PointPlace(deviation.FirstSeen, deviation.Asset)),
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private static MailOptions MailTo(SmtpReceiver server, string fingerprint, string password) => new()
    {
        Host = "localhost",
        Port = server.Port,
        From = "otguard@plant.example",
        To = ["control-room@plant.example"],
        User = "otguard",
        Password = password,
        CertificateFingerprint = fingerprint,
    };
}
