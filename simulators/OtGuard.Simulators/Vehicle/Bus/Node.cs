namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>A control unit on the bus.</summary>
internal sealed class Node(string name)
{
    public string Name { get; } = name;

    /// <summary>True while it sends nothing: off the bus, resetting, or told to be quiet.</summary>
    public bool IsSilent { get; set; }

    /// <summary>True while the whole bus sleeps.</summary>
    public bool IsAsleep { get; set; }

    public List<Message> Messages { get; } = [];

    public void RestartCounters()
    {
        foreach (var message in Messages) message.Restart();
    }
}
