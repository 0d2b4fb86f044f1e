# SPDX-License-Identifier: GPL-2.0-only
# For serverspec. For InSpec, remove the two lines below, and add `only_if` where you need it.
require 'serverspec'
set :backend, :exec

describe command('dualstack check -q tcp/80=46') do
  its(:exit_status) { should eq 0 }
end

describe command('dualstack check -q tcp/25=46') do
  its(:exit_status) { should eq 0 }
end
