using System.CommandLine;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle;

namespace OtGuard.Host.Commands;

/// <summary><c>simulate</c>: traffic of sites that do not exist, with attacks whose every frame is known.</summary>
internal static class SimulateCommand
{
    public static Command Create() =>
        new("simulate", "Write or play traffic of simulated sites, with attacks and benign look-alikes whose every frame is known.")
        {
            CreateList(),
            SimulateRunCommand.Create(),
        };

    private static Command CreateList()
    {
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command("list", "Sites, attacks and look-alikes.") { format };
        command.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(format) == "jsonl") SimulationReport.WriteListJson(SimulatedSite.All, Events(), output);
            else SimulationReport.WriteList(SimulatedSite.All, Events(), new Tables(output));
            return ExitCodes.Clean;
        });
        return command;
    }

    private static IReadOnlyList<(string Sites, IPlantedEvent Event)> Events() =>
    [
        .. AttackCatalogue.All.Select(attack => ((string, IPlantedEvent))(SitesOf(attack), attack)),
        .. VehicleAttackCatalogue.All.Select(attack => ((string, IPlantedEvent))(SitesOf(attack), attack)),
    ];

    private static string SitesOf(IPlantedEvent planted) =>
        string.Join(", ", SimulatedSite.All.Where(site => site.Fits(planted)).Select(site => site.Name));
}
