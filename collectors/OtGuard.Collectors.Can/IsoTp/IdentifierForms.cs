using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.IsoTp;

/// <summary>The identifiers that standards set aside for diagnostics, and who answers whom on them.</summary>
/// <remarks>ISO 15765-4:2016 §10.3.2 and §10.3.3 (11 and 29 bits); ISO 15765-2:2016 Annex A and B (29 bits).</remarks>
internal static class IdentifierForms
{
    public static IdentifierForm Of(uint identifier)
    {
        if ((identifier & CanFrameView.ExtendedFlag) == 0)
        {
            return identifier switch
            {
                0x7DF => IdentifierForm.ObdFunctional,
                >= 0x7E0 and <= 0x7E7 => IdentifierForm.ObdRequest,
                >= 0x7E8 and <= 0x7EF => IdentifierForm.ObdResponse,
                _ => IdentifierForm.Open,
            };
        }

        // Both data page bits have to be 0.
        return (identifier >> 16 & 0x3FF) switch
        {
            218 => IdentifierForm.Physical,
            219 => IdentifierForm.Functional,
            206 => IdentifierForm.MixedPhysical,
            205 => IdentifierForm.MixedFunctional,
            _ => IdentifierForm.Open,
        };
    }

    /// <summary>Whether by the standards <paramref name="response"/> answers <paramref name="request"/>.</summary>
    public static bool Answers(uint request, uint response)
    {
        switch (Of(request))
        {
            case IdentifierForm.ObdFunctional:
                return Of(response) == IdentifierForm.ObdResponse;
            case IdentifierForm.ObdRequest:
                return response == request + 8;
            case IdentifierForm.Physical:
                return Of(response) == IdentifierForm.Physical && Swapped(request, response);
            case IdentifierForm.MixedPhysical:
                return Of(response) == IdentifierForm.MixedPhysical && Swapped(request, response);
            case IdentifierForm.Functional:
                return Of(response) == IdentifierForm.Physical && (byte)(response >> 8) == (byte)request;
            case IdentifierForm.MixedFunctional:
                return Of(response) == IdentifierForm.MixedPhysical && (byte)(response >> 8) == (byte)request;
            case IdentifierForm.ObdResponse:
            case IdentifierForm.Open:
                return false;
            default:
                return false;
        }
    }

    private static bool Swapped(uint request, uint response) =>
        (byte)request == (byte)(response >> 8) && (byte)(request >> 8) == (byte)response;
}
