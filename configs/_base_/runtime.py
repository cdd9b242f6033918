"""Settings of every run: plugin import, scope, hooks, logging. Only this config names the package."""

custom_imports = dict(imports=["seg_plugins.register"], allow_failed_imports=False)
default_scope = "mmseg"
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=1),
    dist_cfg=dict(backend="nccl"),
)
vis_backends = [dict(type="LocalVisBackend"), dict(type="TensorboardVisBackend")]
visualizer = dict(type="SegLocalVisualizer", vis_backends=vis_backends, name="visualizer")
log_processor = dict(by_epoch=False)
log_level = "INFO"
load_from = None
resume = False
trust_checkpoint = False  # True runs whatever code a checkpoint carries
runner_type = "SegRunner"
randomness = dict(seed=0)
tta_model = dict(type="PostprocessTTAModel")
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="WholeCheckpointHook", by_epoch=False, interval=500, save_best="mIoU", max_keep_ckpts=2
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    guard=dict(type="NonFiniteGuardHook", max_skips=5),
    out_of_memory=dict(type="OutOfMemoryHook"),
    visualization=dict(type="SegVisualizationHook"),
    report=dict(type="ReportHook"),
    preflight=dict(type="PreflightHook"),
    curves=dict(type="CurvesHook"),
    overlays=dict(type="OverlayHook"),
)
