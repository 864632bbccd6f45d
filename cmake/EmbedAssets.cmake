# plntry_embed_assets(target source): before each build of what lists `source`, tools/embed_assets.mjs lays the built
# page into it (and writes nothing when the page has not changed).

set(PLNTRY_WEB_DIST ${CMAKE_SOURCE_DIR}/web/app/dist CACHE PATH "The built page that goes into the binary")
find_program(NODE node HINTS ${CMAKE_SOURCE_DIR}/build/node/bin REQUIRED)

function(plntry_embed_assets target source)
  cmake_path(REPLACE_EXTENSION source LAST_ONLY bin OUTPUT_VARIABLE blob)
  add_custom_target(${target}
    COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tools/embed_assets.mjs ${PLNTRY_WEB_DIST} ${source} ${blob}
    BYPRODUCTS ${source} ${blob}
    COMMENT "Embedding the page" VERBATIM)
  set_source_files_properties(${source} PROPERTIES GENERATED ON)
endfunction()
