using System.CommandLine;
using OtGuard.Alerting;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary><c>incidents</c>: alerts that form one causal chain.</summary>
internal static class IncidentsCommand
{
    public static Command Create() =>
        new(
            "incidents",
            """
            Incidents of a store: alerts that form one chain of cause and effect, whatever the protocol and sensor.

            Alerts are linked where the same actor is behind them, where who acts now was acted upon before, and where
            an effect befalls what was acted upon before. They are an incident once they went through several steps:
            access, discovery, reading, writing, effect.

              otguard incidents list --store plant.store
              otguard incidents show 1 --store plant.store
            """)
        {
            CreateList(), CreateShow(), CreateClose(),
        };

    private static Command CreateList()
    {
        var store = StoreOptions.Required();
        var all = new Option<bool>("--all") { Description = "Closed and merged ones too." };
        var format = CommonOptions.Format("table", "json", "jsonl");
        var command = new Command("list", "Incidents, the latest first.") { store, all, format };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var incidents = await open.ListIncidentsAsync(!result.GetValue(all), AlertReport.MostDeviations, default);
            AlertReport.WriteIncidents(incidents, result.GetValue(format)!, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateShow()
    {
        var store = StoreOptions.Required();
        var incident = new Argument<string>(
            "INCIDENT")
        { Description = "The incident's number, or the beginning of its id." };
        var format = CommonOptions.Format("table", "json", "jsonl");
        var command = new Command("show", "One incident with its timeline.") { incident, store, format };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var id = result.GetRequiredValue(incident);
            var found = await open.FindIncidentAsync(id, default) ?? throw new AlertDeskException(
                $"There is no incident {id}.");
            AlertReport.WriteIncident(found, result.GetValue(format)!, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateClose()
    {
        var (store, who, why) = (StoreOptions.Required(), StoreOptions.Who(), StoreOptions.Why(required: true));
        var incident = new Argument<string>(
            "INCIDENT")
        { Description = "The incident's number, or the beginning of its id." };
        var command = new Command("close", "Close an incident, and those of its alerts that are open.") { incident,
            store, who, why };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var closed = await (await StoreOptions.DeskAsync(open)).CloseIncidentAsync(
                result.GetRequiredValue(incident), new Author(result.GetValue(who)!, result.GetValue(why)!), default);
            AlertReport.WriteIncidents([closed], "table", result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }
}
