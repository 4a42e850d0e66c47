# A Win32 app of Intune. Wrap weir.msi together with this script, and set:
#   install     powershell -ExecutionPolicy Bypass -File intune-install.ps1 -Server https://weir.example.com -Token TOKEN
#   uninstall   msiexec /x weir.msi /qn
#   detection   the file C:\Program Files\Weir\weir.exe
# Not tried yet.
param(
    [Parameter(Mandatory = $true)] [string] $Server,
    [Parameter(Mandatory = $true)] [string] $Token
)
$ErrorActionPreference = 'Stop'

$msi = Join-Path $PSScriptRoot 'weir.msi'
$installed = Start-Process msiexec -ArgumentList '/i', "`"$msi`"", '/qn', '/norestart' -Wait -PassThru
if ($installed.ExitCode -notin 0, 3010) { exit $installed.ExitCode }

$weir = Join-Path $env:ProgramFiles 'Weir\weir.exe'
$certificate = Join-Path $env:ProgramData 'Weir\ca\ca.pem'
foreach ($second in 1..30) {
    if (Test-Path $certificate) { break }
    Start-Sleep -Seconds 1
}
& $weir ca install
& $weir enroll $Server $Token
exit $LASTEXITCODE
