# SPDX-License-Identifier: GPL-2.0-only
# The reader: `nix-build packaging/nixos`. The module is module.nix, for one kernel.
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "dualstack";
  version = "0.1.0";
  src = ../..;

  nativeBuildInputs = [ pkgs.pkg-config ];
  buildInputs = [ pkgs.jansson pkgs.libmnl pkgs.util-linux ];

  buildFlags = [ "reader" ];
  installTargets = [ "install-reader" ];
  # dlopen() does not find a library by its name on NixOS
  makeFlags = [ "READER_LIBRARIES=linked" "PREFIX=${placeholder "out"}" "BINDIR=${placeholder "out"}/bin" ];

  meta = {
    description = "Lists listening sockets and the address families they really serve";
    homepage = "https://r-seed-b2ec16a4.example/dualstack";
    license = pkgs.lib.licenses.gpl2Only;
    platforms = pkgs.lib.platforms.linux;
    mainProgram = "dualstack";
  };
}
