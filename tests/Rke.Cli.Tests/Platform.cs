// The tests check file modes.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
