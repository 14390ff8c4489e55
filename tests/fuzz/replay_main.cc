// Stands in for libFuzzer's main where the compiler has none: runs the target once on every file of
// the corpus folders given.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Returns how many inputs were run, or -1 when one could not be read.
int Replay(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(folder, error);
  if (error) return -1;
  int count = 0;
  for (const auto& file : files) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad()) return -1;
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    ++count;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (int i = 1; i < argc; ++i) {
    const int count = Replay(argv[i]);
    std::printf("%s: %d inputs\n", argv[i], count);
    if (count <= 0) return 1;  // a corpus that is missing must not pass for one that is clean
  }
  return 0;
}
