using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.NewRange;

/// <summary>B2: a client reads or writes addresses outside of the ranges it was learned to use.</summary>
/// <remarks>
/// Reads outside make one deviation for each unit and kind of object, whose count grows: what matters is that the client
/// looks elsewhere. Each written place is a fact of its own, up to <see cref="NewRangeOptions.MaximumWrittenPlaces"/>.
/// </remarks>
internal sealed class NewRangeDetector(NewRangeOptions options) : IDetector
{
    /// <summary>In place of an address: reads, and written places beyond the number told one by one.</summary>
    private const uint AnyStart = uint.MaxValue;

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("address-range-violation");

    private readonly Allowance<FactKey> _places = new(options.MaximumWrittenPlaces, options.MaximumCounted);

    public string Name => "new-range";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Range) == 0 || context.Baseline is not { } baseline) return;
        // A new unit, a function never used here or a new writer names the same cause, and says more.
        if ((context.Novelty & (Novelty.Unit | Novelty.Function | Novelty.Writer)) != 0) return;
        if (!Circumstances.IsAsked(in observation) || Circumstances.IsAboutGroups(in observation)
            || Circumstances.HasSessions(in observation, context)) return;
        // An act on the device itself has its own rule.
        if (observation.IsWrite && Circumstances.IsControlAct(in observation, context)) return;

        switch (observation.Operation)
        {
            case Operation.Write:
                Raise(in observation, observation.Target, write: true, baseline, context);
                break;
            case Operation.ReadWrite:
                // Either part may be the new one.
                if (!baseline.KnowsRange(in observation, observation.Target, write: false))
                    Raise(in observation, observation.Target, write: false, baseline, context);
                if (!baseline.KnowsRange(in observation, observation.WriteTarget, write: true))
                    Raise(in observation, observation.WriteTarget, write: true, baseline, context);
                break;
            case Operation.WriteRecords:
                // File records have a kind of their own (B26).
                break;
            default:
                Raise(in observation, observation.Target, write: false, baseline, context);
                break;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Raise(
        in Observation observation, Target target, bool write, Baseline baseline, DetectionContext context)
    {
        if (target.Space == TargetSpace.None) return;
        var any = Facts.OfRange(in observation, target, write, AnyStart);
        var key = write ? Facts.OfRange(in observation, target, write, target.Start) : any;
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        if (write && !_places.TryTake(any))
        {
            key = any;
            if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        }

        context.Deviations.Open(key, Describe(in observation, target, write, baseline, context), in observation);
    }

    private static Finding Describe(
        in Observation observation, Target target, bool write, Baseline baseline, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(Kind)
            .Add(write, 20, "it writes")
            .Add(refused, -10, "the server refused it")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so")
            .Inform(
                write && !baseline.WriteSideKnown(conversation.Server),
                "a known writer, and what is written has not been learned completely")
            .Inform(
                !write && !baseline.IsSettled(FactFamily.ReadRanges),
                "a known reader, and too little was seen of what is read")
            .Inform(
                Circumstances.IsOrdinary(in observation, context),
                $"any client of {protocol.DisplayName} does so as a matter of course")
            .Inform(
                Circumstances.InNewConversation(in observation, baseline),
                "it is part of a new conversation, which is raised itself");
        var place = protocol.TargetText(target);
        var learned = Phrases.List(
            [.. baseline.RangesOf(in observation, target.Space, write).Select(protocol.TargetText)], "none");
        return new Finding
        {
            Kind = Kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = $"{(write ? "writes" : "reads")} within {learned}",
            Observed = place,
            Message = new Message(
                write ? "address-range-violation.write" : "address-range-violation.read",
                ("client", conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("place", place),
                ("operation", Phrases.Operation(in observation, context)),
                ("learned", learned)),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }
}
