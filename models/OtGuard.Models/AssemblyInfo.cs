using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("OtGuard.Models.Tests")]
