namespace OtGuard.Fuzzing.Tests;

[TestClass]
public sealed class FuzzTargetTests
{
    private const int Seed = 20260102;
    private const long Executions = 5000;

    // An input has 64 KiB at most. What a target keeps of it may be a few times as much; more is growth without bound.
    private const long MostBytesPerExecution = 16 << 20;

    public static IEnumerable<string> Names => FuzzTargets.All.Select(target => target.Name);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Target_withstands_changed_seeds_within_bounds(string name)
    {
        var target = FuzzTargets.Find(name)!;
        Assert.IsNotEmpty(target.Seeds, $"Target '{name}' has no seeds.");

        var result = Smoke.Run(target, Seed, executions => executions < Executions);

        foreach (var find in result.Finds)
            Assert.Fail($"{name}, seed {Seed}, execution {find.Execution}, input {Convert.ToHexString(find.Input)}: {find.Fault}");
        Assert.AreEqual(Executions, result.Executions);
        Assert.IsLessThanOrEqualTo(MostBytesPerExecution, result.LargestAllocationBytes);
    }

    [TestMethod]
    public void Every_name_is_used_once()
    {
        Assert.IsNotEmpty(FuzzTargets.All);
        Assert.AreSequenceEqual(Names.Distinct(), Names);
    }

    [TestMethod]
    public void Same_seed_makes_the_same_inputs()
    {
        var seeds = FuzzTargets.Find("pcap")!.Seeds.ToArray();
        var first = new Mutator(seeds, 7);
        var second = new Mutator(seeds, 7);
        var other = new Mutator(seeds, 8);
        var differs = false;
        for (var i = 0; i < 200; i++)
        {
            var input = first.Next();
            Assert.AreSequenceEqual(input, second.Next());
            differs |= !input.AsSpan().SequenceEqual(other.Next());
        }

        Assert.IsTrue(differs);
    }

    [TestMethod]
    public void Target_that_throws_is_a_find()
    {
        var result = Smoke.Run(new Fragile(), 1, executions => executions < 10_000);

        Assert.IsNotEmpty(result.Finds);
        Assert.IsTrue(result.Finds.All(find => find.Input[0] > 200));
    }

    private sealed class Fragile : IFuzzTarget
    {
        public string Name => "fragile";

        public IEnumerable<byte[]> Seeds => [[1, 2, 3]];

        public void Run(ReadOnlySpan<byte> data)
        {
            if (data.Length > 0 && data[0] > 200) throw new InvalidOperationException("Planted.");
        }
    }
}
