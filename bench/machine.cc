#include "bench/machine.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <cstdio>
#include <fstream>
#include <thread>

namespace evlog::bench {
namespace {

std::string CpuModel() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    if (line.rfind("model name", 0) != 0) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string Commit() {
  FILE* pipe = popen("git describe --always --dirty 2>/dev/null", "r");
  if (pipe == nullptr) return "";
  char line[128] = {};
  std::string commit;
  if (std::fgets(line, sizeof line, pipe) != nullptr) commit = line;
  pclose(pipe);
  while (!commit.empty() && commit.back() == '\n') commit.pop_back();
  return commit;
}

void DescribeFileSystem(const std::string& dir, Machine* machine) {
  struct statfs info {};
  if (statfs(dir.c_str(), &info) != 0) {
    machine->file_system = "unknown";
    return;
  }
  const auto magic = static_cast<unsigned long>(info.f_type);
  machine->on_disk = magic != TMPFS_MAGIC && magic != RAMFS_MAGIC;
  switch (magic) {
    case EXT4_SUPER_MAGIC:
      machine->file_system = "ext4";
      break;
    case BTRFS_SUPER_MAGIC:
      machine->file_system = "btrfs";
      break;
    case XFS_SUPER_MAGIC:
      machine->file_system = "xfs";
      break;
    case OVERLAYFS_SUPER_MAGIC:
      machine->file_system = "overlayfs";
      break;
    case TMPFS_MAGIC:
      machine->file_system = "tmpfs";
      break;
    case RAMFS_MAGIC:
      machine->file_system = "ramfs";
      break;
    default:
      machine->file_system = fmt::format("file system {:#x}", magic);
  }
}

std::string Build() {
#if defined(__clang__)
  std::string build = "clang " __clang_version__;
#else
  std::string build = "g++ " __VERSION__;
#endif
#if !defined(__OPTIMIZE__)
  build += ", NOT OPTIMISED";
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  build += ", SANITIZED";
#endif
  return build;
}

}  // namespace

std::string Machine::ToString() const {
  return fmt::format("{}, {} cores, Linux {}, {}, {}{}{}", cpu, cores, kernel, file_system, build,
                     commit.empty() ? "" : ", commit ", commit);
}

Machine DescribeMachine(const std::string& dir) {
  Machine machine;
  machine.cpu = CpuModel();
  machine.cores = static_cast<int>(std::thread::hardware_concurrency());
  utsname name{};
  if (uname(&name) == 0) machine.kernel = name.release;
  DescribeFileSystem(dir, &machine);
  machine.commit = Commit();
  machine.build = Build();
  return machine;
}

}  // namespace evlog::bench
