using OtGuard.Detections.AddressBinding;
using OtGuard.Detections.NewConversation;
using OtGuard.Detections.NewFunction;
using OtGuard.Detections.NewRange;

namespace OtGuard.Detections;

/// <summary>The settings of all detectors; each default stands, with its reason, in the detector's own options.</summary>
public sealed record DetectorOptions
{
    /// <summary>New conversations.</summary>
    public NewConversationOptions NewConversation { get; init; } = new();

    /// <summary>Bindings of addresses, and ARP.</summary>
    public AddressBindingOptions AddressBinding { get; init; } = new();

    /// <summary>Functions and units never used.</summary>
    public NewFunctionOptions NewFunction { get; init; } = new();

    /// <summary>Addresses outside of the learned ranges.</summary>
    public NewRangeOptions NewRange { get; init; } = new();
}
