# SPDX-License-Identifier: GPL-2.0-only
# The kernel module, for the kernel whose callPackage calls this. In configuration.nix:
#
#   boot.extraModulePackages = [
#     (config.boot.kernelPackages.callPackage /path/to/dualstack/packaging/nixos/module.nix { })
#   ];
#   boot.kernelModules = [ "dualstack" ];
{ lib, stdenv, kernel }:

stdenv.mkDerivation {
  pname = "dualstack-module";
  version = "0.1.0-${kernel.version}";
  src = ../..;

  nativeBuildInputs = kernel.moduleBuildDependencies;
  hardeningDisable = [ "pic" "format" ];

  buildFlags = [ "modules" ];
  makeFlags = (kernel.makeFlags or [ ]) ++ [
    "KERNELRELEASE=${kernel.modDirVersion}"
    "KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
  ];
  installPhase = ''
    runHook preInstall
    install -D -m 644 module/dualstack.ko \
      $out/lib/modules/${kernel.modDirVersion}/updates/dualstack.ko
    runHook postInstall
  '';

  meta = {
    description = "Kernel module that tells which address families listening sockets serve";
    homepage = "https://r-seed-b2ec16a4.example/dualstack";
    license = lib.licenses.gpl2Only;
    platforms = lib.platforms.linux;
    broken = lib.versionOlder kernel.version "5.4";
  };
}
