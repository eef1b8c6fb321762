using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("OtGuard.Detections.Tests")]
