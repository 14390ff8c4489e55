#include <algorithm>
#include <array>
#include <string>

#include "tests/tidy/rules.h"

namespace evlog::tidy {
namespace {

using Findings = std::vector<Finding>;

// In the order of the arrows: a layer may include itself and what stands before it.
constexpr std::string_view kLayers[] = {"log", "groups", "embedded", "server", "cli"};
// These may include everything, and no layer may include them.
constexpr std::string_view kOutside[] = {"tests", "bench"};

// A library whose headers have one home, and what to use elsewhere.
struct LibraryHome {
  std::string_view name;
  std::array<std::string_view, 2> prefixes;  // of the include paths
  std::array<std::string_view, 3> homes;     // of the files that may include them
  std::string_view instead;
};
constexpr LibraryHome kLibraryHomes[] = {
    {"RocksDB", {"rocksdb/"}, {"log/store/"}, "go through log/store/"},
    {"hiredis",
     {"hiredis/"},
     {"cli/target/", "tests/", "bench/"},
     "verbs reach servers through cli/target/"},
    {"toml++", {"toml++/"}, {"cli/serve_file."}, "only cli/serve_file.cc reads TOML"},
    {"Asio", {"asio.hpp", "asio/"}, {"server/"}, "only server/ knows sockets"},
    {"protobuf",
     {"google/protobuf/"},
     {"log/catalog_codec.", "groups/group_record.", "server/wire/"},
     "only the codecs of metadata rows and server/wire/ speak protobuf"},
};

template <typename Range>
bool Contains(const Range& range, std::string_view what) {
  return std::find(std::begin(range), std::end(range), what) != std::end(range);
}

size_t LayerIndex(std::string_view name) {
  return static_cast<size_t>(std::find(std::begin(kLayers), std::end(kLayers), name) -
                             std::begin(kLayers));
}

// The folder of ours that an include leads to; "" when it leads out of the house.
std::string_view TargetOf(const Include& include, const Tree& tree) {
  constexpr std::string_view kPublic = "evlog/";
  const std::string_view path = include.path;
  if (path.starts_with(kPublic)) return tree.LayerOfPublicHeader(path.substr(kPublic.size()));
  const std::string_view top = TopFolder(path);
  return Contains(kLayers, top) || Contains(kOutside, top) ? top : std::string_view();
}

Findings CheckArrows(const Source& source, const Tree& tree) {
  Findings findings;
  const std::string_view layer = TopFolder(source.path());
  if (!Contains(kLayers, layer)) return findings;
  for (const Include& include : source.includes()) {
    const std::string_view target = TargetOf(include, tree);
    if (target.empty()) continue;
    if (Contains(kOutside, target) || LayerIndex(target) > LayerIndex(layer)) {
      findings.push_back(source.At(
          include.line, "\"" + include.path + "\" is in " + std::string(target) + "/, but " +
                            std::string(layer) +
                            "/ may include only what stands left of it: log "
                            "<- groups <- embedded <- server <- cli; move it leftwards, or pass "
                            "it in through an interface"));
    }
  }
  return findings;
}

Findings CheckIncludePaths(const Source& source, const Tree& tree) {
  Findings findings;
  for (const Include& include : source.includes()) {
    const bool is_public = std::string_view(include.path).starts_with("evlog/");
    if (is_public && TargetOf(include, tree).empty()) {
      findings.push_back(source.At(include.line, "no layer has a header <" + include.path + ">"));
    } else if (include.path.find(kPublicFolder) != std::string::npos) {
      findings.push_back(source.At(include.line, "include public headers as \"evlog/...\""));
    } else if (include.quoted && include.path.find('/') == std::string::npos) {
      findings.push_back(source.At(
          include.line, "include by the path from the root, not \"" + include.path + "\""));
    }
  }
  return findings;
}

Findings CheckPublicHeaders(const Source& source, const Tree& tree) {
  Findings findings;
  if (source.path().find(kPublicFolder) == std::string::npos) return findings;
  for (const Include& include : source.includes()) {
    const bool is_public = std::string_view(include.path).starts_with("evlog/");
    if (!is_public && !TargetOf(include, tree).empty()) {
      findings.push_back(source.At(include.line, "an installed header cannot include \"" +
                                                     include.path +
                                                     "\", which is not installed: declare it"));
    }
  }
  return findings;
}

Findings CheckLibraries(const Source& source, const Tree&) {
  Findings findings;
  if (Contains(kOutside, TopFolder(source.path()))) return findings;
  for (const Include& include : source.includes()) {
    for (const LibraryHome& library : kLibraryHomes) {
      const auto matches = [](const auto& prefixes, std::string_view path) {
        return std::any_of(prefixes.begin(), prefixes.end(), [path](std::string_view prefix) {
          return !prefix.empty() && path.starts_with(prefix);
        });
      };
      const bool generated = library.name == "protobuf" && include.path.ends_with(".pb.h");
      if (!generated && !matches(library.prefixes, include.path)) continue;
      if (matches(library.homes, source.path())) continue;
      findings.push_back(source.At(include.line, std::string(library.name) +
                                                     " has no place here (" + include.path +
                                                     "): " + std::string(library.instead)));
    }
  }
  return findings;
}

Findings CheckListed(const Source& source, const Tree& tree) {
  const bool is_public = source.path().find(kPublicFolder) != std::string::npos;
  if (!source.EndsWith(".cc") && !source.EndsWith(".proto") && !is_public) return {};
  if (tree.IsListed(source.path())) return {};
  return {source.At(0, "no CMakeLists.txt names this file: list it in its folder's, or delete it")};
}

Findings CheckIncluded(const Source& source, const Tree& tree) {
  const bool is_public = source.path().find(kPublicFolder) != std::string::npos;
  if (!source.EndsWith(".h") || is_public || tree.IsIncluded(source.path())) return {};
  return {source.At(0, "nobody includes this header: use it, or delete it")};
}

constexpr Rule kRules[] = {
    {"arrows", CheckArrows},
    {"include paths", CheckIncludePaths},
    {"public headers", CheckPublicHeaders},
    {"libraries", CheckLibraries},
    {"listed", CheckListed},
    {"included", CheckIncluded},
};

}  // namespace

std::span<const Rule> HouseRules() { return kRules; }

}  // namespace evlog::tidy
