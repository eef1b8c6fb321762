namespace OtGuard.Fuzzing;

/// <summary>An input that made a target throw.</summary>
/// <param name="Execution">Its number, counted from 1.</param>
/// <param name="Input">The bytes.</param>
/// <param name="Fault">What was thrown.</param>
public sealed record FuzzFind(long Execution, byte[] Input, Exception Fault);

/// <summary>What a smoke run did.</summary>
/// <param name="Executions">How often the target ran.</param>
/// <param name="Finds">Inputs that made it throw; the first <see cref="Smoke.MaximumFinds"/>.</param>
/// <param name="LargestAllocationBytes">The most that one execution allocated on its thread.</param>
public sealed record SmokeResult(long Executions, IReadOnlyList<FuzzFind> Finds, long LargestAllocationBytes);

/// <summary>Runs a target in this process over changed seeds: no coverage feedback, but no set-up either.</summary>
public static class Smoke
{
    /// <summary>Finds after which a run ends.</summary>
    public const int MaximumFinds = 10;

    /// <summary>Runs the seeds as they are, then changed ones for as long as <paramref name="goOn"/> says of the count.</summary>
    public static SmokeResult Run(IFuzzTarget target, int seed, Func<long, bool> goOn)
    {
        var seeds = target.Seeds.ToArray();
        var mutator = new Mutator(seeds, seed);
        var finds = new List<FuzzFind>();
        var executions = 0L;
        var largest = 0L;
        while (finds.Count < MaximumFinds && goOn(executions))
        {
            var input = executions < seeds.Length ? seeds[executions] : mutator.Next();
            executions++;
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                target.Run(input);
            }
            catch (Exception fault)
            {
                finds.Add(new FuzzFind(executions, input, fault));
            }

            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return new SmokeResult(executions, finds, largest);
    }
}
