using System.CommandLine;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary><c>alerts</c>: what people are told, and what they do with it.</summary>
internal static class AlertsCommand
{
    private static readonly string[] States = ["open", "new", "acknowledged", "muted", "closed", "all"];

    public static Command Create(Surroundings surroundings) =>
        new(
            "alerts",
            """
            Alerts of a store: list, show, and act on them. Every act is written into the journal with who, when and
            why.

            Three ways to be done with an alert:
              close   it is dealt with; it is raised again where it recurs
              mute    it stays abnormal and is counted, and nobody is told
              learn   it is normal: proposed for the baseline, and in force once a second person approves

            In practice:
              otguard alerts list --store plant.store
              otguard alerts show 3 --store plant.store
              otguard alerts evidence 3 -o alert3.pcapng --store plant.store
              otguard alerts close 3 --why "breaker test, order 4711" --store plant.store
            """)
        {
            CreateList(),
            CreateShow(),
            EvidenceCommand.Create(),
            Change("acknowledge", "Take an alert up: somebody is on it.", false, (desk, id, author) =>
                desk.AcknowledgeAsync(id, author, default)),
            Change("close", "Close an alert; it is raised again where it recurs.", true, (desk, id, author) =>
                desk.CloseAsync(id, author, default)),
            CreateMute(),
            Change("unmute", "Lift the silence of a muted alert.", false, (desk, id, author) =>
                desk.UnmuteAsync(id, author, default)),
            CreateLearn(surroundings),
            CreateProposals(),
            Decide(surroundings, "approve",
                "Approve a proposal of somebody else: its alert is closed, and no more of its kind is raised while the "
                + "same baseline is judged by.", false, (desk, id, author) => desk.ApproveAsync(id, author, default)),
            Decide(surroundings, "reject", "Turn a proposal down.", true, (desk, id, author) =>
                desk.RejectAsync(id, author, default)),
            CreateWindows(),
        };

    internal static Argument<string> Alert() =>
        new("ALERT") { Description = "The alert's number, or the beginning of its id." };

    private static Command CreateList()
    {
        var store = StoreOptions.Required();
        var format = CommonOptions.Format("table", "json", "jsonl");
        var state = new Option<string>("--state") { Description = "Which alerts.", DefaultValueFactory = _ => "open" };
        state.AcceptOnlyFromAmong(States);
        var severity = new Option<int>("--severity") { Description = "Severity at least, 0 to 100.", HelpName = "N" };
        var kind = new Option<string?>("--kind")
        {
            Description = "Alerts of this kind only, as in write-by-non-writer.",
            HelpName = "KIND"
        };
        var address = new Option<string?>("--address")
        {
            Description = "Alerts of this actor or asset only.",
            HelpName = "ADDRESS"
        };
        var limit = new Option<int>("--limit")
        {
            Description = "How many at most, the most severe first.",
            DefaultValueFactory = _ => 1000
        };
        var command = new Command("list",
            "Alerts, the most severe first; those that are not closed unless --state says otherwise.")
        {
            store, state, severity, kind, address, limit, format,
        };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var alerts = await open.ListAlertsAsync(
                new AlertQuery
                {
                    States = StatesOf(result.GetValue(state)!),
                    MinimumSeverity = result.GetValue(severity),
                    Kind = result.GetValue(kind),
                    Address = result.GetValue(address),
                    Limit = result.GetValue(limit),
                },
                default);
            AlertReport.WriteAlerts(alerts, result.GetValue(format)!, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateShow()
    {
        var store = StoreOptions.Required();
        var alert = Alert();
        var format = CommonOptions.Format("table", "json", "jsonl");
        var command = new Command("show",
            "One alert: why it was raised, what it holds, what was done with it. With jsonl its deviations and journal "
            + "follow as lines.")
        {
            alert, store, format,
        };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var id = result.GetRequiredValue(alert);
            var found = await open.FindAlertAsync(id, default) ?? throw new AlertDeskException(
                $"There is no alert {id}.");
            var deviations = await open.ListDeviationsAsync(found.Id, 0, AlertReport.MostDeviations, default);
            var journal = await open.ListJournalAsync(found.Id, AlertReport.MostDeviations, default);
            AlertReport.WriteAlert(found, deviations, journal, result.GetValue(format)!,
                result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateMute()
    {
        var until = new Option<DateTimeOffset?>("--until")
        {
            Description = "Until when, as 2026-01-02T03:04:05Z or +8h; absent: until it is unmuted.",
            HelpName = "TIME",
            CustomParser = StoreOptions.ParseMoment,
        };
        var (store, alert, who, why) = (StoreOptions.Required(), Alert(), StoreOptions.Who(),
            StoreOptions.Why(required: true));
        var command = new Command("mute",
            "Silence an alert: it stays abnormal and is counted, and nobody is told.") { alert, until, store, who,
                why };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var changed = await (await StoreOptions.DeskAsync(open)).MuteAsync(
                result.GetRequiredValue(alert), result.GetValue(until),
                    new Author(result.GetValue(who)!, result.GetValue(why)!), default);
            AlertReport.WriteChange(changed, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateLearn(Surroundings surroundings)
    {
        var (store, alert, why) = (StoreOptions.Required(), Alert(), StoreOptions.Why(required: true));
        var command = new Command("learn",
            "Propose that what an alert says is normal. Nothing changes until a second person approves it ('alerts "
            + "approve').")
        {
            alert, store, why,
        };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var proposal = await (await StoreOptions.DeskAsync(open)).LearnAsync(
                result.GetRequiredValue(alert), new Author(surroundings.User, result.GetValue(why)!), default);
            AlertReport.WriteProposals([proposal], "table", result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateProposals()
    {
        var store = StoreOptions.Required();
        var format = CommonOptions.Format("table", "json", "jsonl");
        var command = new Command("proposals", "What was proposed as normal, by whom, and what became of it.") { store,
            format };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            AlertReport.WriteProposals(await open.ListProposalsAsync(default), result.GetValue(format)!,
                result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateWindows()
    {
        var store = StoreOptions.Required();
        var format = CommonOptions.Format("table", "json", "jsonl");
        var list = new Command("list", "Announced work, with how many deviations each window holds back.") { store,
            format };
        list.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            AlertReport.WriteWindows(await open.ListWindowsAsync(default), result.GetValue(format)!,
                result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return new Command("windows",
            "Maintenance windows: what falls into one is counted to its work order and raises no alert.")
        {
            list, CreateOpenWindow(), CreateEndWindow(),
        };
    }

    private static Command CreateOpenWindow()
    {
        var (store, who, why) = (StoreOptions.Required(), StoreOptions.Who(), StoreOptions.Why(required: false));
        var order = new Option<string>("--order")
        {
            Description = "The work order.",
            HelpName = "NAME",
            Required = true
        };
        var from = new Option<DateTimeOffset?>("--from")
        {
            Description = "From when, by the time of the capture; absent: from now.",
            HelpName = "TIME",
            CustomParser = StoreOptions.ParseMoment,
        };
        var until = new Option<DateTimeOffset?>("--until")
        {
            Description = "Until when, as 2026-01-02T03:04:05Z or +8h.",
            HelpName = "TIME",
            CustomParser = StoreOptions.ParseMoment,
            Required = true,
        };
        var address = new Option<string?>("--address")
        {
            Description = "The host worked on or from; absent: all.",
            HelpName = "ADDRESS"
        };
        var zone = new Option<string?>("--zone")
        {
            Description = "The zone worked in; absent: all.",
            HelpName = "ZONE"
        };
        var command = new Command("open", "Announce work.") { order, from, until, address, zone, store, who, why };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var author = new Author(result.GetValue(who)!, result.GetValue(why)!);
            var window = await (await StoreOptions.DeskAsync(open)).OpenWindowAsync(
                new MaintenanceWindow
                {
                    Id = "",
                    OpenedBy = author.Who,
                    WorkOrder = result.GetRequiredValue(order),
                    From = TimeOf(result.GetValue(from) ?? TimeProvider.System.GetUtcNow()),
                    Until = TimeOf(result.GetValue(until)!.Value),
                    Address = result.GetValue(address),
                    Zone = result.GetValue(zone),
                },
                author,
                default);
            AlertReport.WriteWindows([window], "table", result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateEndWindow()
    {
        var (store, who, why) = (StoreOptions.Required(), StoreOptions.Who(), StoreOptions.Why(required: false));
        var window = new Argument<string>("WINDOW") { Description = "The window's id, or its beginning." };
        var command = new Command("end", "End announced work now, before its time.") { window, store, who, why };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var ended = await (await StoreOptions.DeskAsync(open)).EndWindowAsync(
                result.GetRequiredValue(window), TimeOf(TimeProvider.System.GetUtcNow()),
                new Author(result.GetValue(who)!, result.GetValue(why)!), default);
            AlertReport.WriteWindows([ended], "table", result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command Change(string name, string description, bool needsReason, Func<AlertDesk, string, Author,
        Task<Alert>> act)
    {
        var (store, alert, who, why) = (StoreOptions.Required(), Alert(), StoreOptions.Who(),
            StoreOptions.Why(needsReason));
        var command = new Command(name, description) { alert, store, who, why };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var changed = await act(
                await StoreOptions.DeskAsync(open), result.GetRequiredValue(alert),
                    new Author(result.GetValue(who)!, result.GetValue(why)!));
            AlertReport.WriteChange(changed, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    /// <summary>
    /// A decision by the account the operating system names: were the name given, one person could be two.
    /// </summary>
    private static Command Decide(
        Surroundings surroundings, string name, string description, bool needsReason,
        Func<AlertDesk, string, Author, Task<BaselineProposal>> act)
    {
        var (store, why) = (StoreOptions.Required(), StoreOptions.Why(needsReason));
        var proposal = new Argument<string>(
            "PROPOSAL")
        { Description = "The proposal's number ('alerts proposals' shows it)." };
        var command = new Command(name, description) { proposal, store, why };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var decided = await act(
                await StoreOptions.DeskAsync(open), result.GetRequiredValue(proposal),
                    new Author(surroundings.User, result.GetValue(why)!));
            AlertReport.WriteProposals([decided], "table", result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static AlertState[] StatesOf(string word) => word switch
    {
        "new" => [AlertState.New],
        "acknowledged" => [AlertState.Acknowledged],
        "muted" => [AlertState.Muted],
        "closed" => [AlertState.Closed],
        "all" => [],
        _ => [AlertState.New, AlertState.Acknowledged, AlertState.Muted],
    };

    private static CaptureTime TimeOf(DateTimeOffset moment) =>
        new((moment.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * TimeSpan.NanosecondsPerTick);
}
