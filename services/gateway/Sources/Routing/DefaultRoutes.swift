/// The table without a setting: the seeds' paths, and each service's own prefix.
enum DefaultRoutes {
    static let text = """
        # methods  path                              service        options

        POST       /process                          pointcloud     body=1MiB
        GET        /job/{id}                         pointcloud
        GET        /jobs                             pointcloud
        GET        /status/health                    pointcloud     open
        *          /pointcloud/**                    pointcloud

        # Fifty photos, and an answer that comes when the scene is done
        POST       /process_images                   splat          body=4GiB timeout=24h
        *          /splat/**                         splat          body=4GiB

        *          /api/upload-video/**              asr            body=1MiB
        POST       /api/upload-video/result          asr            signature body=64MiB
        POST       /api/upload-video/process-video   asr            signature body=1MiB
        *          /asr/**                           asr
        POST       /v1/audio/transcriptions          asr            body=4GiB timeout=24h

        PUT        /image                            footprint-ocr  body=64MiB
        PUT        /ocr                              footprint-ocr  body=64MiB
        *          /footprint/**                     footprint-ocr

        *          /api/projects/**                  pacs-masks
        *          /api/annotations/**               pacs-masks
        *          /pacs/**                          pacs-masks

        # The embedded object stores: each bucket is served by its service
        GET,HEAD,PUT /objects/pointcloud/**          pointcloud     presigned
        GET,HEAD,PUT /objects/splat/**               splat          presigned
        GET,HEAD,PUT /objects/asr/**                 asr            presigned
        GET,HEAD,PUT /objects/footprint-ocr/**       footprint-ocr  presigned
        GET,HEAD,PUT /objects/pacs-masks/**          pacs-masks     presigned
        """
}
