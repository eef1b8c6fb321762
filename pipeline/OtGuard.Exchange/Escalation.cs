using OtGuard.Alerting;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange;

/// <summary>
/// An exchange folder over a store: everything by which incidents are brought to partners, opened together. The
/// folder's files are read once; whoever goes on for longer opens it anew, as people change them. Thread-safe as the
/// stores are.
/// </summary>
public sealed class Escalation
{
    private Escalation(
        ExchangeFolder folder, IAlertStore alerts, ICaseStore cases, EvidenceParts? evidence, TimeProvider clock)
    {
        Folder = folder;
        Cases = new CaseDesk(alerts, cases, folder.Regimes, folder.Operator, clock);
        Releases = new ReleaseDesk(Cases, cases, folder, evidence, clock);
        Sending = new SendDesk(Releases, cases, folder, clock);
    }

    /// <summary>Operator, partners, regimes and keys.</summary>
    public ExchangeFolder Folder { get; }

    /// <summary>What is known and said of incidents.</summary>
    public CaseDesk Cases { get; }

    /// <summary>What would leave, and what left.</summary>
    public ReleaseDesk Releases { get; }

    /// <summary>How it reaches partners.</summary>
    public SendDesk Sending { get; }

    /// <summary>Opens a folder over a store.</summary>
    /// <param name="folder">The exchange folder.</param>
    /// <param name="alerts">Alerts and incidents.</param>
    /// <param name="cases">Cases.</param>
    /// <param name="evidence">What evidence is made of; null for packs without.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="ExchangeException">There is no such folder.</exception>
    /// <exception cref="ExchangeFormatException">A file in it has faults.</exception>
    public static Escalation Open(
        string folder, IAlertStore alerts, ICaseStore cases, EvidenceParts? evidence, TimeProvider clock) =>
        new(ExchangeFolder.Open(folder), alerts, cases, evidence, clock);
}
