using System.CommandLine;
using System.Globalization;
using OtGuard.Host.Configuration;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Host.Service;
using Monitor = OtGuard.Host.Service.Monitor;

namespace OtGuard.Host.Commands;

/// <summary><c>run</c>: the service.</summary>
internal static class RunCommand
{
    /// <summary>The verb.</summary>
    public const string Name = "run";

    public static Command Create(Surroundings surroundings)
    {
        var configuration = new Option<FileInfo?>("--config")
        {
            Description = "The configuration (otguard.json). Without one the service starts on an embedded store in "
                + "the default data folder, says what there is to listen to, and answers on 127.0.0.1:8470.",
            HelpName = "FILE",
        };
        var untilEnd = new Option<bool>("--until-end")
        {
            Description = "Stop once every source has ended, as captures do. Exit code 1 where alerts were raised.",
        };
        var command = new Command(
            Name,
            """
            The service: listens to the sources, judges, stores, raises alerts, tells those who are to know, and shows it
            all on its page; the first start prints a code to make the first account with. Programs are answered on
            /healthz, /metrics and the web API. SIGTERM or Ctrl-C stop it with everything stored that was judged. SIGHUP
            reads the configuration again: sinks, alerting, the site file, sources that come or go; what else changed is
            refused.

            In practice:
              otguard run                                  what there is on this machine
              otguard doctor --config otguard.json         is everything in place?
              otguard run --config otguard.json
            """)
        {
            configuration, untilEnd,
        };
        command.SetAction(result => RunAsync(
            result.GetValue(configuration), result.GetValue(untilEnd), surroundings,
            result.InvocationConfiguration.Error).GetAwaiter().GetResult());
        return command;
    }

    private static async Task<int> RunAsync(
        FileInfo? file, bool untilEnd, Surroundings surroundings, TextWriter error)
    {
        var (configuration, site) = Read();
        // A signal that comes while it is being reloaded asks for it once more, with what the file says then.
        using var asked = new SemaphoreSlim(0);
        using var interruption = new Interruption(() => asked.Release());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, surroundings.Stop);
        if (configuration.Sources.Count == 0) InterfaceNotes.Write(error);
        await using var monitor = await Monitor.StartAsync(configuration, site, surroundings.Time, error);
        error.WriteLine($"Store: {configuration.Store.Path}.");
        await using (var web = await WebService.StartAsync(
            configuration.Http, Path.Combine(configuration.Data!, "certificate.pfx"), monitor.Dashboard, monitor.Health,
            error.WriteLine))
        {
            error.WriteLine($"Page: {web.Address}.");
            error.WriteLine($"Health: {web.Address}healthz, metrics: {web.Address}metrics.");
            if (await web.Accounts.SetUpCodeAsync(CancellationToken.None) is { } code)
                error.WriteLine(
                    $"There is no account yet. The first administrator is made at {web.Address}setup with the code {code}.");
            surroundings.Answering?.Invoke(web.Address);
            var reloading = ReloadAsync();
            await UntilAsync(untilEnd ? monitor.SourcesEndAsync() : null, stop.Token);
            var isAsked = stop.IsCancellationRequested;
            await stop.CancelAsync();
            await reloading;
            if (isAsked) error.WriteLine("Stopping: what was judged is being stored ...");
            var isWhole = await monitor.StopAsync();
            var result = monitor.Result;
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Stored:N0} deviations stored, {result.Updated:N0} grown, {result.Known:N0} known; "
                + $"{result.Raised:N0} alerts raised."));
            return !isWhole ? ExitCodes.Environment
                : monitor.HasFailed ? ExitCodes.Unreadable
                : untilEnd && monitor.HasAlarms ? ExitCodes.DeviationsFound
                : ExitCodes.Clean;

            async Task ReloadAsync()
            {
                try
                {
                    while (true)
                    {
                        await asked.WaitAsync(stop.Token);
                        error.WriteLine((await monitor.ReloadAsync(Read)).Text);
                    }
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    // It is over.
                }
            }
        }

        (ServiceConfiguration Configuration, Site Site) Read()
        {
            var read = ConfigurationFile.Read(file, surroundings.Environment);
            return (read, SiteFile.Read(read.Site, surroundings.Environment));
        }
    }

    private static async Task UntilAsync(Task? ended, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        await Task.WhenAny(ended is null ? [stopped.Task] : [stopped.Task, ended]);
    }
}
