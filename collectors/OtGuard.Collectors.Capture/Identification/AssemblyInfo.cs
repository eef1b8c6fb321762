using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("OtGuard.Collectors.Capture.Tests")]
