#include "tests/tidy/tree.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace evlog::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolders[] = {"log", "groups", "embedded", "server",
                                         "cli", "tests",  "bench",    "cmake"};
constexpr std::string_view kRootFiles[] = {"CMakeLists.txt", "dev"};

bool IsOfInterest(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".h" || extension == ".cc" || extension == ".proto" ||
         extension == ".cmake" || extension == ".sh" || path.filename() == "CMakeLists.txt";
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The words of a CMake file: what stands between blanks, quotes and parentheses; no comments.
std::set<std::string, std::less<>> Words(const Source& cmake) {
  std::set<std::string, std::less<>> words;
  for (std::string_view line : cmake.lines()) {
    line = line.substr(0, line.find('#'));
    while (!line.empty()) {
      const size_t start = std::min(line.find_first_not_of(" \t\"()"), line.size());
      line.remove_prefix(start);
      const size_t end = std::min(line.find_first_of(" \t\"()"), line.size());
      if (end > 0) words.emplace(line.substr(0, end));
      line.remove_prefix(end);
    }
  }
  return words;
}

}  // namespace

std::string_view TopFolder(std::string_view path) {
  const size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

Tree::Tree(std::vector<Source> sources) : sources_(std::move(sources)) {
  for (const Source& source : sources_) {
    const std::string& path = source.path();
    paths_.insert(path);
    const size_t folder = path.find(kPublicFolder);
    if (folder != std::string::npos) {
      public_headers_[path.substr(folder + kPublicFolder.size())] = TopFolder(path);
    }
    if (path == "CMakeLists.txt" || source.EndsWith("/CMakeLists.txt")) {
      lists_[path.substr(0, path.size() - std::string_view("CMakeLists.txt").size())] =
          Words(source);
    }
  }
  for (const Source& source : sources_) {
    for (const Include& include : source.includes()) {
      if (include.path != source.path()) included_.insert(include.path);
    }
  }
}

Tree Tree::Load(const fs::path& root) {
  std::vector<Source> sources;
  for (std::string_view name : kRootFiles) {
    sources.emplace_back(std::string(name), ReadFile(root / name));
  }
  for (std::string_view folder : kFolders) {
    if (!fs::is_directory(root / folder)) {
      std::fprintf(stderr, "no folder %s\n", (root / folder).c_str());
      std::abort();
    }
    for (const auto& file : fs::recursive_directory_iterator(root / folder)) {
      if (!file.is_regular_file() || !IsOfInterest(file.path())) continue;
      sources.emplace_back(file.path().lexically_relative(root).generic_string(),
                           ReadFile(file.path()));
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path() < b.path(); });
  return Tree(std::move(sources));
}

std::string_view Tree::LayerOfPublicHeader(std::string_view name) const {
  const auto found = public_headers_.find(name);
  return found == public_headers_.end() ? std::string_view() : std::string_view(found->second);
}

bool Tree::IsListed(std::string_view path) const {
  for (size_t slash = path.rfind('/');; slash = path.rfind('/', slash - 1)) {
    const size_t name = slash == std::string_view::npos ? 0 : slash + 1;
    const auto list = lists_.find(path.substr(0, name));
    if (list != lists_.end() && list->second.contains(path.substr(name))) return true;
    if (name == 0 || slash == 0) return false;
  }
}

}  // namespace evlog::tidy
