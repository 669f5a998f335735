// The tests look at file modes.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
