using System.Text.Json.Nodes;
using MimeKit;
using OtGuard.Alerting;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.Exchange.Tests.Sharing;
using OtGuard.Storage.Tests.Peers;

namespace OtGuard.Exchange.Tests.Sending;

[TestClass]
public sealed class SendTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task A_bundle_is_pushed_by_TAXII_as_envelopes_its_status_is_polled_and_it_is_not_sent_twice()
    {
        await using var fixture = new CaseFixture();
        using var server = new TaxiiReceiver { MaximumLength = 12_000, Polls = 2 };
        await ReleaseAsync(fixture, Taxii(fixture, server));

        var sending = Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);
        while (!sending.IsCompleted)
        {
            fixture.Clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        var attempt = await sending;
        Assert.AreEqual(SendOutcome.Accepted, attempt.Result.Outcome, attempt.Result.Reason);
        Assert.IsGreaterThan(1, server.Envelopes);
        Assert.AreEqual("report", server.Objects.Values.Last()["type"]!.GetValue<string>());
        var verdict = StixValidator.Check(new JsonObject
        {
            ["type"] = "bundle",
            ["id"] = "bundle--0",
            ["objects"] = new JsonArray([.. server.Objects.Values.Select(one => one.DeepClone())]),
        }).Single();
        Assert.AreEqual("bundle--0 is not computed from its objects", verdict["problems"]!.AsArray().Single()!.GetValue<string>());
        var again = await Assert.ThrowsExactlyAsync<ExchangeException>(() => Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop));
        Assert.Contains("was delivered on 2026-", again.Message);
        var acts = (await fixture.Store.ListJournalAsync((await fixture.Desk.FindAsync("1", Stop)).Id, 10, Stop)).Select(one => one.Act);
        Assert.AreEqual("to partner: accepted", acts.Last(act => act.Verb == JournalVerb.Deliver).Detail.Split(" sha")[0][..20]);
    }

    [TestMethod]
    public async Task What_the_server_has_already_is_not_pushed_again()
    {
        await using var fixture = new CaseFixture();
        using var server = new TaxiiReceiver();
        await ReleaseAsync(fixture, Taxii(fixture, server));
        await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);
        var pushed = server.Envelopes;

        // As after a crash between the push and its entry: the same version under another release.
        await ReleaseAsync(fixture, "partner");
        var attempt = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);

        Assert.AreEqual(SendOutcome.AlreadyThere, attempt.Result.Outcome);
        Assert.AreEqual(pushed, server.Envelopes);
    }

    [TestMethod]
    public async Task A_server_that_is_away_or_busy_is_tried_again_and_one_that_refuses_is_told()
    {
        await using var fixture = new CaseFixture();
        using var server = new TaxiiReceiver();
        await ReleaseAsync(fixture, Taxii(fixture, server));
        server.Failures.Enqueue((503, "120"));
        var busy = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);
        Assert.AreEqual(SendOutcome.Retry, busy.Result.Outcome);
        Assert.AreEqual(TimeSpan.FromSeconds(120), busy.Result.RetryAfter);

        server.Refuses = "indicator";
        var refused = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);
        Assert.AreEqual(SendOutcome.Refused, refused.Result.Outcome);
        Assert.Contains("not wanted", refused.Result.Reason!);
        server.Refuses = null;
        server.CanWrite = false;
        Assert.Contains("takes nothing", (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Reason!);
        server.CanWrite = true;
        server.Failures.Enqueue((401, null));
        Assert.AreEqual(SendOutcome.Refused, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);

        var sent = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);
        Assert.AreEqual(SendOutcome.Accepted, sent.Result.Outcome);
        Assert.AreEqual(5, sent.Attempt);
        Assert.AreEqual(2, server.Envelopes, "The second holds what was refused, and that alone.");
        Assert.IsTrue(server.Objects.Values.Any(one => one["type"]!.GetValue<string>() == "indicator"));
        var release = (await ReleaseTests.Desk(fixture).ReleasesAsync("1", Stop)).Single();
        Assert.HasCount(5, await Desk(fixture).AttemptsAsync(release, Stop));
        server.Dispose();
        await ReleaseAsync(fixture, "partner");
        Assert.AreEqual(SendOutcome.Retry, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
    }

    [TestMethod]
    public async Task An_event_is_added_to_MISP_brought_up_to_date_and_not_sent_twice()
    {
        await using var fixture = new CaseFixture();
        using var server = new MispReceiver();
        File.WriteAllText(fixture.File("exchange/misp.key"), "misp-key\n");
        fixture.Partner("partner", one => one with
        {
            Channel = new ChannelOptions { Kind = ChannelKind.Misp, Url = server.Root, SecretFile = "misp.key" },
        });
        await fixture.OpenCaseAsync();
        await ReleaseAsync(fixture, "partner");
        Assert.AreEqual(SendOutcome.Accepted, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
        await ReleaseAsync(fixture, "partner");
        Assert.AreEqual(SendOutcome.AlreadyThere, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);

        fixture.Clock.Advance(TimeSpan.FromMinutes(5));
        await fixture.Desk.SetAsync("1", new Dictionary<string, string> { ["crossBorder"] = "no" }, CaseFixture.Anna, null, Stop);
        await ReleaseAsync(fixture, "partner");
        server.RefuseWith = "Could not save";
        var refused = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);
        Assert.AreEqual(SendOutcome.Refused, refused.Result.Outcome);
        Assert.Contains("Could not save", refused.Result.Reason!);
        server.RefuseWith = null;
        server.Failures.Enqueue((500, null));
        Assert.AreEqual(SendOutcome.Retry, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
        Assert.AreEqual(SendOutcome.Accepted, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);

        Assert.HasCount(1, server.Events);
        Assert.Contains("POST /events/edit/", string.Join('\n', server.Requests));
        File.WriteAllText(fixture.File("exchange/misp.key"), "wrong");
        await ReleaseAsync(fixture, "partner");
        Assert.AreEqual(SendOutcome.Refused, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
    }

    [TestMethod]
    public async Task A_mail_is_readable_with_the_recipients_key_alone_and_openssl_reads_it()
    {
        await using var fixture = new CaseFixture();
        var certificates = new Certificates(fixture.File("exchange"));
        using var server = new SmtpReceiver(certificates, "pass");
        var partner = Mail(fixture, server, encrypted: true);
        await fixture.OpenCaseAsync();
        await ReleaseAsync(fixture, partner, Tlp.Red);

        var attempt = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);

        Assert.AreEqual(SendOutcome.Accepted, attempt.Result.Outcome, attempt.Result.Reason);
        var mail = server.Received.Single();
        Assert.DoesNotContain("case.stix.json", mail);
        Assert.Contains("[TLP:RED] OT incident", mail);
        File.WriteAllText(fixture.File("mail.eml"), mail);
        Tool.Run("openssl", ["cms", "-decrypt", "-in", fixture.File("mail.eml"), "-recip", certificates.CertificateFile,
            "-inkey", certificates.KeyFile, "-out", fixture.File("plain.eml")]);
        var plain = (Multipart)(await MimeEntity.LoadAsync(fixture.File("plain.eml"), Stop));
        var bundle = plain.OfType<MimePart>().Single(part => part.FileName == "case.stix.json");
        using var bytes = new MemoryStream();
        await bundle.Content!.DecodeToAsync(bytes, Stop);
        var pack = Directory.EnumerateDirectories(fixture.Exchange.Packs).Single();
        CollectionAssert.AreEqual(await File.ReadAllBytesAsync(Path.Combine(pack, "case.stix.json"), Stop), bytes.ToArray());
        Assert.IsTrue(plain.OfType<MimePart>().Any(part => part.FileName == "SHA256SUMS.sig"));
    }

    [TestMethod]
    public async Task A_mail_by_OpenPGP_is_readable_with_the_recipients_key_alone_and_gpg_reads_it()
    {
        await using var fixture = new CaseFixture();
        var certificates = new Certificates(fixture.File("exchange"));
        using var server = new SmtpReceiver(certificates, "pass");
        using var recipient = new GnuPg();
        using var stranger = new GnuPg();
        recipient.MakeKey("cert@example.org", fixture.File("exchange/cert.asc"));
        stranger.MakeKey("stranger@example.org", fixture.File("stranger.asc"));
        var partner = Mail(fixture, server, encrypted: false, keys: "cert.asc");
        await fixture.OpenCaseAsync();
        await ReleaseAsync(fixture, partner, Tlp.Red);

        var attempt = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);

        Assert.AreEqual(SendOutcome.Accepted, attempt.Result.Outcome, attempt.Result.Reason);
        var mail = server.Received.Single();
        Assert.Contains("multipart/encrypted", mail);
        Assert.DoesNotContain("case.stix.json", mail);
        using var message = await MimeMessage.LoadAsync(new MemoryStream(System.Text.Encoding.Latin1.GetBytes(mail)),
            Stop);
        var parts = (Multipart)message.Body!;
        Assert.AreEqual("application/pgp-encrypted", parts[0].ContentType.MimeType);
        await using (var file = File.Create(fixture.File("mail.asc"))) await ((MimePart)parts[1])
            .Content!.DecodeToAsync(file, Stop);
        Assert.AreNotEqual(0, stranger.Decrypt(fixture.File("mail.asc"), fixture.File("none.eml")).Code,
            "Another's key opens nothing.");
        var read = recipient.Decrypt(fixture.File("mail.asc"), fixture.File("plain.eml"));
        Assert.AreEqual(0, read.Code, read.Error);
        Assert.Contains("AES256", read.Error);
        var plain = (Multipart)(await MimeEntity.LoadAsync(fixture.File("plain.eml"), Stop));
        using var bytes = new MemoryStream();
        await plain.OfType<MimePart>().Single(part => part.FileName == "report.de.pdf")
            .Content!.DecodeToAsync(bytes, Stop);
        var pack = Directory.EnumerateDirectories(fixture.Exchange.Packs).Single();
        CollectionAssert.AreEqual(await File.ReadAllBytesAsync(Path.Combine(pack, "report.de.pdf"), Stop),
            bytes.ToArray());
        // gpg verifies that nothing of it was changed on the way.
        var text = await File.ReadAllTextAsync(fixture.File("mail.asc"), Stop);
        var middle = text.Length / 2;
        await File.WriteAllTextAsync(
            fixture.File("changed.asc"), text[..middle] + (text[middle] == 'A' ? 'B' : 'A')
                + text[(middle + 1)..], Stop);
        Assert.AreNotEqual(0, recipient.Decrypt(fixture.File("changed.asc"), fixture.File("changed.eml")).Code);
    }

    [TestMethod]
    public async Task A_key_that_is_none_or_has_expired_keeps_the_mail_at_home()
    {
        await using var fixture = new CaseFixture();
        var certificates = new Certificates(fixture.File("exchange"));
        using var server = new SmtpReceiver(certificates, "pass");
        using var recipient = new GnuPg();
        recipient.MakeKey("cert@example.org", fixture.File("exchange/expired.asc"), "seconds=60");
        File.WriteAllText(fixture.File("exchange/none.asc"), "no key\n");
        await fixture.OpenCaseAsync();
        foreach (var (file, said) in new[] { ("none.asc", "no public key"), ("expired.asc", "has not expired"),
            ("missing.asc", "no public key") })
        {
            var partner = Mail(fixture, server, encrypted: false, keys: file);
            // A minute after it was made by the machine's clock.
            fixture.Clock.SetUtcNow(TimeProvider.System.GetUtcNow().AddMinutes(10));
            await ReleaseAsync(fixture, partner, Tlp.Red);
            var fault = await Assert.ThrowsExactlyAsync<ExchangeFormatException>(() =>
                Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop));
            Assert.Contains(said, fault.Message);
        }

        Assert.IsEmpty(server.Received);
        var both = Assert.ThrowsExactly<ExchangeFormatException>(() =>
            Mail(fixture, server, encrypted: true, keys: "none.asc"));
        Assert.Contains("not both", both.Message);
    }

    [TestMethod]
    public async Task Plain_mail_ends_at_GREEN_also_where_the_partner_was_changed_after_the_release()
    {
        await using var fixture = new CaseFixture();
        var certificates = new Certificates(fixture.File("exchange"));
        using var server = new SmtpReceiver(certificates, "pass");
        Mail(fixture, server, encrypted: true);
        await fixture.OpenCaseAsync();
        await ReleaseAsync(fixture, "partner", Tlp.Amber);
        Mail(fixture, server, encrypted: false);

        await Assert.ThrowsExactlyAsync<ExchangeException>(() => Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop));
        Assert.IsEmpty(server.Received);

        await ReleaseAsync(fixture, "partner", Tlp.Green);
        server.RefuseWith = "554 no";
        Assert.AreEqual(SendOutcome.Refused, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
        server.RefuseWith = "451 later";
        Assert.AreEqual(SendOutcome.Retry, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
        server.RefuseWith = null;
        Assert.AreEqual(SendOutcome.Accepted, (await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop)).Result.Outcome);
        Assert.Contains("case.stix.json", server.Received.Single());
    }

    [TestMethod]
    public async Task Signed_files_are_put_where_they_are_carried_from_and_a_pack_that_was_changed_is_not_sent()
    {
        await using var fixture = new CaseFixture();
        fixture.Partner("partner", one => one with { Channel = new ChannelOptions { Path = "stick" } });
        await fixture.OpenCaseAsync();
        await ReleaseAsync(fixture, "partner");
        var pack = Directory.EnumerateDirectories(fixture.Exchange.Packs).Single();
        var original = File.ReadAllText(Path.Combine(pack, "report.json"));
        File.AppendAllText(Path.Combine(pack, "report.json"), " ");
        var fault = await Assert.ThrowsExactlyAsync<ExchangeFormatException>(() => Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop));
        Assert.Contains("is not what was released", fault.Message);
        File.WriteAllText(Path.Combine(pack, "report.json"), original);

        var attempt = await Desk(fixture).SendAsync("1", null, CaseFixture.Anna, Stop);

        Assert.AreEqual(SendOutcome.Accepted, attempt.Result.Outcome);
        Tool.Run("sha256sum", ["-c", "SHA256SUMS"], attempt.Result.Reference);
        Tool.Run("openssl", ["dgst", "-sha256", "-verify", "signing.pub.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS"], attempt.Result.Reference);
    }

    private static SendDesk Desk(CaseFixture fixture) =>
        new(ReleaseTests.Desk(fixture), fixture.Store.Cases, fixture.Exchange, fixture.Clock);

    private static string Taxii(CaseFixture fixture, TaxiiReceiver server)
    {
        File.WriteAllText(fixture.File("exchange/taxii.password"), "pass\n");
        fixture.Partner("partner", one => one with
        {
            Channel = new ChannelOptions
            {
                Kind = ChannelKind.Taxii,
                Url = new Uri(server.Root, "api"),
                Collection = TaxiiReceiver.Collection,
                User = "otguard",
                SecretFile = "taxii.password",
            },
        });
        fixture.OpenCaseAsync().GetAwaiter().GetResult();
        return "partner";
    }

    private static string Mail(CaseFixture fixture, SmtpReceiver server, bool encrypted, params string[] keys)
    {
        File.WriteAllText(fixture.File("exchange/mail.password"), "pass\n");
        fixture.Partner("partner", one => one with
        {
            Channel = new ChannelOptions
            {
                Kind = ChannelKind.Mail,
                Host = "localhost",
                Port = server.Port,
                User = "otguard",
                SecretFile = "mail.password",
                From = "liaison@example.org",
                To = ["cert@example.org"],
                ServerCertificate = "certificate.pem",
                RecipientCertificates = encrypted ? ["certificate.pem"] : [],
                RecipientKeys = keys,
            },
        });
        return "partner";
    }

    private async Task ReleaseAsync(CaseFixture fixture, string partner, Tlp tlp = Tlp.Amber)
    {
        var desk = ReleaseTests.Desk(fixture);
        var request = new ReleaseRequest("1", partner, tlp, null);
        var preview = await desk.PreviewAsync(request, Stop);
        Assert.IsTrue(preview.MayLeave, string.Join('\n', preview.Obstacles));
        await desk.ReleaseAsync(request, preview.Digest, CaseFixture.Anna, Stop);
    }
}
